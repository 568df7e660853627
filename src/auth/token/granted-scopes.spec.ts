import { describe, expect, it } from 'vitest';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import { grantedScopes } from './granted-scopes.js';
import { unknownIssuer } from './issuer-rules.js';

const scopesOf = (claims: Record<string, unknown>, changes: Partial<TrustedIssuer> = {}): readonly string[] =>
  grantedScopes(claims, { ...unknownIssuer('https://fhir.example/fhir/r4'), ...changes });

describe('grantedScopes', () => {
  it.each([
    ['a text', { scope: 'openid  user/*.rs ' }, ['openid', 'user/*.rs']],
    ['an array', { scp: ['openid', 'user/*.rs'] }, ['openid', 'user/*.rs']],
    ['texts with spaces in an array', { scp: ['openid user/*.rs'] }, ['openid', 'user/*.rs']],
    [
      'several claims united',
      { scope: 'a b', scp: 'b c', permissions: ['d'], roles: ['e', 7, {}] },
      ['a', 'b', 'c', 'd', 'e'],
    ],
    ['an encoded slash', { scope: 'patient%2FPatient.rs USER%2f*.rs' }, ['patient/Patient.rs', 'USER/*.rs']],
    [
      'an encoded slash, but not the encoding of a constraint',
      { scope: 'patient%2FObservation.rs?category=http%3A%2F%2Fx%7Cy' },
      ['patient/Observation.rs?category=http%3A%2F%2Fx%7Cy'],
    ],
    [
      'a scope encoded as a whole',
      { scope: 'patient%2FObservation.rs%3Fcategory%3Da' },
      ['patient/Observation.rs?category=a'],
    ],
    ['an encoding that is broken', { scope: 'patient%2Fx%zz' }, ['patient%2Fx%zz']],
    ['nothing', {}, []],
    ['other forms', { roles: { a: 1 }, permissions: 7 }, []],
  ])('reads %s', (_name, claims, scopes) => {
    expect(scopesOf(claims)).toEqual(scopes);
  });

  it('replaces what scopeMap names, by one scope or several', () => {
    const scopeMap = { 'FHIR.Read.All': 'system/*.rs', Nurse: 'user/Patient.rs user/Observation.cruds' };
    expect(scopesOf({ roles: ['FHIR.Read.All', 'Nurse', 'Other', 'constructor'] }, { scopeMap })).toEqual([
      'system/*.rs',
      'user/Patient.rs',
      'user/Observation.cruds',
      'Other',
      'constructor',
    ]);
  });
});
