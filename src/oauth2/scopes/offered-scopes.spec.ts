import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scopeWithin } from '../../scope/grammar/smart-scope.js';
import { scopesOutside } from './intersect-scopes.js';
import { mostParts, mostScopes, offeredScopes, scopesWithinCeiling } from './offered-scopes.js';

const offer = (asked: string, registered: string, grants: string, fhirUser: string | null = 'Practitioner/p1') => {
  const found = offeredScopes(asked.split(' '), { scopes: registered.split(' ') }, { grants, fhirUser });
  return found.offered.map(({ scope }) => scope).join(' ');
};

describe('offeredScopes', () => {
  it.each([
    ['user/Patient.rs', 'user/*.cruds', 'user/*.cruds', 'user/Patient.rs'],
    ['user/*.cruds', 'user/Patient.rs', 'user/*.cruds', 'user/Patient.rs'],
    ['user/*.cruds', 'user/*.cruds', 'user/Patient.rs', 'user/Patient.rs'],
    ['user/*.rs', 'user/Patient.cruds user/Observation.r', 'user/*.cruds', 'user/Patient.rs user/Observation.r'],
    ['user/*.read', 'user/*.rs', 'user/Patient.cruds', 'user/Patient.read'],
    ['user/*.*', 'user/*.*', 'user/Patient.rs', 'user/Patient.read'],
    ['user/*.*', 'user/*.*', 'user/Patient.r', 'user/Patient.r'],
    ['patient/*.rs', 'patient/*.rs', 'user/*.rs', 'patient/*.rs'],
    ['patient/*.rs', 'patient/*.rs', 'user/Condition.rs', 'patient/Condition.rs'],
    ['patient/Observation.rs', 'patient/*.rs', 'user/Observation.rs?category=a', 'patient/Observation.rs?category=a'],
    [
      'patient/Observation.rs?code=b',
      'patient/*.rs',
      'user/Observation.rs?category=a',
      'patient/Observation.rs?code=b&category=a',
    ],
    ['patient/*.rs patient/Observation.rs', 'patient/*.rs', 'user/*.rs', 'patient/*.rs patient/Observation.rs'],
    ['user/*.rs', 'user/*.r user/Patient.r', 'user/*.rs', 'user/*.r'],
    ['user/AuditEvent.rs', 'user/*.cruds', 'user/*.cruds user/AuditEvent.rs', ''],
    ['user/AuditEvent.rs', 'user/AuditEvent.rs', 'user/*.cruds', ''],
    ['user/AuditEvent.rs', 'user/AuditEvent.rs', 'user/*.cruds user/AuditEvent.rs', 'user/AuditEvent.rs'],
    ['system/*.rs', 'system/*.rs', 'user/*.cruds system/*.rs', ''],
    ['patient/*.rs', 'user/*.rs', 'user/*.rs', ''],
    ['openid fhirUser', 'openid fhirUser', '', 'openid fhirUser'],
    ['openid offline_access launch', 'openid', '', 'openid'],
    ['profile email x', 'profile email x', 'x', ''],
    ['user/Patient.sr user/Nonsense.rs', 'user/*.rs user/Patient.sr', 'user/*.rs user/Patient.sr', ''],
  ])('offers of %s, registered %s, with the rights %s: %s', (asked, registered, grants, expected) => {
    expect(offer(asked, registered, grants)).toBe(expected);
  });

  it('stops at so many parts, however many wildcards meet however long a registration', () => {
    const types = ['Patient', 'Observation', 'Condition', 'Encounter', 'Procedure'];
    const registered = types.flatMap((type) => Array.from({ length: 60 }, (_, i) => `user/${type}.rs?code=${i}`));
    const asked = Array.from({ length: mostScopes }, (_, i) => `user/*.rs?category=${i}`);
    const within = scopesWithinCeiling(asked, { scopes: registered });
    const { offered } = offeredScopes(asked, { scopes: registered }, { grants: 'user/*.rs', fhirUser: null });
    expect([within.length, offered.length]).toEqual([mostParts, mostParts]);
    expect(scopesOutside(within, registered)).toEqual([]);
    expect(scopesWithinCeiling(['user/*.rs'], { scopes: registered })).toHaveLength(registered.length);
  });

  it('leaves fhirUser out for somebody who is nobody in the data', () => {
    expect(offer('openid fhirUser', 'openid fhirUser', '', null)).toBe('openid');
  });

  it('says why it leaves something out', () => {
    const { leftOut } = offeredScopes(
      ['user/Patient.rs', 'user/Observation.rs', 'user/Patien.rs', 'system/*.rs', 'launch'],
      { scopes: ['user/Observation.rs', 'system/*.rs'] },
      { grants: 'user/Patient.rs', fhirUser: null },
    );
    expect(leftOut.map(({ scope, why, detail }) => [scope, why, detail?.split(' ').slice(0, 3).join(' ')])).toEqual([
      ['user/Patient.rs', 'unregistered', undefined],
      ['user/Observation.rs', 'noRight', undefined],
      ['user/Patien.rs', 'notRead', 'Patien is no'],
      ['system/*.rs', 'machines', undefined],
      ['launch', 'unregistered', undefined],
    ]);
  });

  it('reads no more scopes than anybody needs', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => `user/Observation.rs?code=${i}`);
    const { offered } = offeredScopes(many, { scopes: ['user/*.rs'] }, { grants: 'user/*.rs', fhirUser: null });
    expect(offered).toHaveLength(mostScopes);
  });

  const scope = fc
    .tuple(
      fc.constantFrom('user', 'patient'),
      fc.constantFrom('*', 'Patient', 'Observation', 'AuditEvent'),
      fc.constantFrom('cruds', 'rs', 'r', 'read', 'write', '*', 'cud', 'rs?category=a', 'rs?code=b'),
    )
    .map(([context, type, suffix]) => `${context}/${type}.${suffix}`);
  const scopes = fc.uniqueArray(scope, { minLength: 1, maxLength: 5 });

  it('never offers what is not in all three', () => {
    fc.assert(
      fc.property(scopes, scopes, scopes, (asked, registered, grants) => {
        const holder = { grants: grants.join(' '), fhirUser: null };
        const rights = [...grants, ...grants.map((grant) => grant.replace('user/', 'patient/'))];
        const texts = offeredScopes(asked, { scopes: registered }, holder).offered.map((one) => one.scope);
        for (const ceiling of [asked, registered, rights]) expect(scopesOutside(texts, ceiling)).toEqual([]);
        expect(scopesOutside(scopesWithinCeiling(asked, { scopes: registered }), registered)).toEqual([]);
      }),
    );
  });

  it('offers all that is in all three', () => {
    fc.assert(
      fc.property(scopes, scopes, scopes, scope, (asked, registered, grants, one) => {
        const inAll = [asked, registered, grants].every((list) => list.some((wide) => scopeWithin(one, wide)));
        fc.pre(inAll);
        const holder = { grants: grants.join(' '), fhirUser: null };
        const texts = offeredScopes(asked, { scopes: registered }, holder).offered.map(({ scope: text }) => text);
        expect(texts.some((text) => scopeWithin(one, text))).toBe(true);
      }),
    );
  });
});
