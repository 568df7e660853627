import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseScopes, splitScopes } from './login-scopes.js';

const withinWildcard = (asked: string, granted: string): boolean =>
  granted === 'user/*.cruds' && asked.startsWith('user/');

describe('the scopes of a login', () => {
  it('are all grants without a wish', () => {
    expect(chooseScopes(undefined, ['a', 'b'])).toEqual(['a', 'b']);
  });

  it('are those asked for that are equal to a grant or within one', () => {
    expect(chooseScopes('openid user/Patient.r system/*.rs', ['user/*.cruds', 'openid'], withinWildcard)).toEqual([
      'openid',
      'user/Patient.r',
    ]);
    expect(chooseScopes('user/Patient.r user/*.cruds', ['user/*.cruds'])).toEqual(['user/*.cruds']);
  });

  it.each(['', '  ', 'nothing granted'])('list the grants when nothing of "%s" is left', (asked) => {
    expect(() => chooseScopes(asked, ['user/*.rs'])).toThrow('Ask for a part of: user/*.rs');
  });

  it('never hold one that was not asked for or not granted', () => {
    const scope = fc.constantFrom<string>('user/*.cruds', 'user/Patient.r', 'system/*.rs', 'openid', '\u0000', '"');
    fc.assert(
      fc.property(fc.array(scope), fc.array(scope), (asked, granted) => {
        let chosen: readonly string[] = [];
        try {
          chosen = chooseScopes(asked.join(' '), granted, withinWildcard);
        } catch {
          return asked.every((one) => !granted.includes(one));
        }
        return chosen.every(
          (one) => asked.includes(one) && granted.some((grant) => grant === one || withinWildcard(one, grant)),
        );
      }),
    );
  });

  it('are split at any white space, each once', () => {
    expect(splitScopes(' a  b\n a ')).toEqual(['a', 'b']);
  });
});
