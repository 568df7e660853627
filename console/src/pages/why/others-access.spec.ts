import { describe, expect, it } from 'vitest';
import { noToken, questionPath, trimmed } from './others-access.js';

describe('the address of a question about somebody else', () => {
  it.each([
    [{ user: 'dr-jane' }, undefined, 'users/dr-jane/access'],
    [
      { user: 'a b', client: 'app', scope: 'user/*.rs openid' },
      undefined,
      'users/a%20b/access?client=app&scope=user%2F*.rs+openid',
    ],
    [{ client: 'nightly' }, undefined, 'clients/nightly/access'],
    [{ user: 'dr-jane' }, 'p/1', 'users/dr-jane/access/patients/p%2F1'],
    [{ client: 'nightly', scope: 'system/*.rs' }, 'p1', 'clients/nightly/access/patients/p1?scope=system%2F*.rs'],
  ])('of %j about %s is %s', (token, patient, path) => {
    expect(questionPath({ ...noToken, ...token }, patient)).toBe(path);
  });

  it('has no blanks around what was typed', () => {
    expect(trimmed({ user: ' jane ', client: '', scope: ' a  b\n' })).toEqual({
      user: 'jane',
      client: '',
      scope: 'a b',
    });
  });
});
