import { describe, expect, it } from 'vitest';
import { changeOf, noTerms, pathToUser, termsOf, userIn } from './user.js';

const jane = { name: 'jane', grants: ['user/*.rs'], fhirUser: 'Patient/p1', disabled: false, createdAt: '' };

describe('the change of a user', () => {
  it('is nothing when nothing was changed', () => {
    expect(changeOf(termsOf(jane), termsOf(jane))).toEqual({});
  });

  it('names what differs, and takes away what is empty now', () => {
    const after = { ...noTerms, grants: ['user/*.rs', 'admin/User.u'], ownIds: true };
    expect(changeOf(termsOf(jane), after)).toEqual({
      grants: ['user/*.rs', 'admin/User.u'],
      fhirUser: null,
      ownIds: true,
    });
  });
});

it('the address of a user holds any name, where no server is told it', () => {
  const { pathname, hash } = new URL(pathToUser('a/b?c#<d>%'), 'http://x');
  expect([pathname, userIn(hash)]).toEqual(['/users/user', 'a/b?c#<d>%']);
  expect(userIn('#%')).toBe('');
});
