import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json' with { type: 'json' };
import { messagesOf } from '../../messages/messages.js';
import { builtScope, meaningOf } from './scope-words.js';

const t = messagesOf('en', en);

describe('a scope in words', () => {
  it.each([
    ['user/Observation.rs', 'read and search Observation'],
    ['user/*.read', 'read and search all types'],
    ['patient/Condition.cud', 'of the patient in context'],
    ['system/*.cruds', 'all types'],
    ['admin/User.u', 'users'],
    ['offline_access', 'stay signed in'],
    ['user/Observation.rs?category=http://x|laboratory', 'where category=http://x|laboratory'],
  ])('%s says "%s"', (scope, part) => {
    expect(meaningOf(scope, t)?.toLowerCase()).toContain(part.toLowerCase());
  });

  it.each(['', 'user/Observation', 'user/Observation.xyz', 'other', '<img src=x>'])('%s has none', (scope) => {
    expect(meaningOf(scope, t)).toBeUndefined();
  });
});

describe('a scope that was put together', () => {
  const parts = { context: 'user', type: 'Observation', letters: ['s', 'r'], parameter: '', value: '' } as const;

  it('has its letters in their order', () => {
    expect(builtScope(parts)).toBe('user/Observation.rs');
  });

  it('has the value of a parameter encoded, readable as far as a scope may have it', () => {
    const value = 'http://loinc.org|1234-5 "&x=y';
    expect(builtScope({ ...parts, parameter: 'code', value })).toBe(
      'user/Observation.rs?code=http://loinc.org|1234-5%20%22%26x%3Dy',
    );
  });

  it.each([{ letters: [] }, { type: '' }, { parameter: 'code' }, { value: 'x' }])('is none with %j', (change) => {
    expect(builtScope({ ...parts, ...change })).toBeUndefined();
  });
});
