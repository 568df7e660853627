import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../auth/principal.js';
import { compartmentGroup } from '../r4/model/patient-compartment.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { Refused } from '../refusal/refusal.js';
import { Access } from './access.js';
import { AccessRules } from './access-rules.js';
import { RequestContext } from './request-context.js';
import { isUnlimited } from './grant.js';
import type { Permission } from './grammar/permission.js';
import { abstain, type AccessPolicy, deny } from './policies/policy.js';
import { parseScope } from './grammar/smart-scope.js';

const base = 'https://fhir.example/fhir/r4';
const rules = new AccessRules({ base, timeZone: 'UTC' }, new SearchParameters());

const principal = (scopes: string, more: Partial<Principal> = {}): Principal => ({
  issuer: 'https://idp.example',
  local: false,
  subject: 'me',
  kind: 'user',
  scopes: scopes.split(' ').filter(Boolean),
  userWithoutFhirUser: 'deny',
  expiresAt: 2_000_000_000,
  claims: {},
  ...more,
});
const practitioner = { fhirUser: { type: 'Practitioner', id: 'dr' } };
const p1 = { patient: 'p1' };

const decide = (who: Principal, type: string, permission: Permission = 'r') =>
  new RequestContext(who, rules).accessTo(type, permission);

function refusalOf(who: Principal, type: string, permission: Permission = 'r'): Refused {
  try {
    decide(who, type, permission);
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error(`${type}.${permission} was granted`);
}
const codes = (who: Principal, type: string, permission: Permission = 'r') =>
  refusalOf(who, type, permission).refusals.map(({ code }) => code);

const inRecord = (id: string) => ({
  within: { owner: { kind: 'patient', id }, membership: 'compartment' },
  where: [],
});

describe('what scopes grant', () => {
  it('keeps every scope with its own context', () => {
    const who = principal('patient/Observation.rs user/Patient.rs', { ...p1, ...practitioner });
    expect(decide(who, 'Observation').grants).toEqual([inRecord('p1')]);
    expect(decide(who, 'Patient').unrestricted).toBe(true);
  });

  it('lets the wider of two scopes win, v1 and v2 mixed', () => {
    const who = principal('patient/Observation.read user/*.r?code=a user/*.rs', { ...p1, ...practitioner });
    expect(decide(who, 'Observation').grants).toEqual([{ where: [] }]);
    expect(decide(who, 'Observation', 's').unrestricted).toBe(true);
  });

  it.each([
    ['r', 's'],
    ['s', 'r'],
    ['cud', 'r'],
    ['rs', 'u'],
  ] as const)('does not derive from .%s the permission %s', (letters, permission) => {
    expect(codes(principal(`user/Patient.${letters}`, practitioner), 'Patient', permission)).toEqual([
      'scope-insufficient',
    ]);
  });

  it.each(['patient/*.rs', 'user/*.cruds', 'system/*.cruds'])('does not open AuditEvent by %s', (scope) => {
    const who = principal(scope, { ...p1, ...practitioner, ...(scope.startsWith('system') && { kind: 'machine' }) });
    const { refusals } = refusalOf(who, 'AuditEvent');
    expect(refusals.map(({ code }) => code)).toEqual(['scope-insufficient']);
    expect(refusals[0].fact).toContain('has to name it');
  });

  it('opens AuditEvent to a user scope that names it, never to a patient scope', () => {
    expect(decide(principal('user/AuditEvent.rs', practitioner), 'AuditEvent').unrestricted).toBe(true);
    expect(codes(principal('patient/AuditEvent.rs', p1), 'AuditEvent')).toEqual(['type-withheld']);
  });
});

describe('granular scopes', () => {
  const laboratory = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';

  it.each(['c', 'r', 'u', 'd', 's'] as const)('limit %s as well', (permission) => {
    const who = principal(`patient/Observation.cruds?category=${laboratory}`, p1);
    const [grant] = decide(who, 'Observation', permission).grants;
    expect(grant?.within?.owner).toEqual({ kind: 'patient', id: 'p1' });
    expect(grant?.where.map(({ parameter, values }) => [parameter.code, values])).toEqual([
      ['category', [{ kind: 'token', system: laboratory.split('|')[0], code: 'laboratory' }]],
    ]);
  });

  it('read comma as OR, & as AND, and two scopes as OR', () => {
    const who = principal('user/Observation.r?category=a,b&code=c user/Observation.r?category=d', practitioner);
    const { grants } = decide(who, 'Observation');
    expect(new Set(grants.map(({ where }) => where.map(({ values }) => values.length).join()))).toEqual(
      new Set(['1', '2,1']),
    );
  });

  it.each([
    ['category:not=a', 'modifiers'],
    ['category:in=http://example.org/ValueSet/a', 'name the codes, with commas'],
    ['category:not-in=ValueSet/a', 'an access policy with it'],
    ['nonsense=a', 'no search parameter nonsense'],
    ['value-quantity=5', 'quantity'],
    ['date=yesterday', 'yesterday'],
    ['patient.name=x', 'chained'],
  ])('with ?%s are ignored and reported', (query, why) => {
    const { refusals } = refusalOf(principal(`user/Observation.rs?${query}`, practitioner), 'Observation');
    expect(refusals.map(({ code }) => code)).toEqual(['scope-constraint-unsupported']);
    expect(refusals[0].fact).toContain(why);
    // A scope that was meant to be limited is not replaced by an unlimited one.
    expect(refusals[0].scopes).toBeUndefined();
    expect(refusals[0].cure).not.toContain('user/Observation.r');
  });

  it('on * reach only types that have the parameter', () => {
    const who = principal('user/*.rs?category=a', practitioner);
    expect(decide(who, 'Condition').grants[0]?.where).toHaveLength(1);
    const { refusals } = refusalOf(who, 'Patient');
    expect(refusals.map(({ code }) => code)).toEqual(['scope-constraint-unsupported']);
    expect(refusals[0].fact).toContain('Patient has no search parameter category');
  });

  it('read references on the own base as local ones', () => {
    const who = principal(`user/Encounter.r?subject=${base}/Patient/p9`, practitioner);
    expect(decide(who, 'Encounter').grants[0]?.where[0]?.values).toEqual([{ kind: 'reference', target: 'Patient/p9' }]);
  });
});

describe('patient/ scopes', () => {
  it('grant nothing without a patient', () => {
    const { refusals, status } = refusalOf(principal('patient/*.rs openid'), 'Observation');
    expect(refusals.map(({ code }) => code)).toEqual(['patient-context-missing']);
    expect(refusals[0].cure).toContain('launch/patient');
    expect(status).toBe(403);
  });

  it.each([
    ['Observation', 'compartment'],
    ['Patient', 'compartment'],
    ['Device', 'compartment'],
    ['Provenance', 'provenance-target'],
    ['Binary', 'binary-referrer'],
  ] as const)('limit %s by %s', (type, membership) => {
    expect(decide(principal('patient/*.cruds', p1), type).grants).toEqual([
      { within: { owner: { kind: 'patient', id: 'p1' }, membership }, where: [] },
    ]);
  });

  it('derive visibility only from what the token sees itself', () => {
    const sources = (scope: string, type: string, permission: Permission = 'r') =>
      decide(principal(scope, p1), type, permission).grants[0]?.within?.sources;
    expect(sources('patient/*.rs', 'Binary')).toBeUndefined();
    expect(sources('patient/Binary.r', 'Binary')).toEqual([{ types: [] }]);
    expect(sources('patient/Binary.r patient/Media.rs user/Patient.r', 'Binary')).toEqual([{ types: ['Media'] }]);
    const [whole, part] = sources('patient/Provenance.r patient/Observation.rs?status=final', 'Provenance') ?? [];
    expect(whole).toEqual({ types: [] });
    expect(part).toMatchObject({ types: ['Observation'], grants: [{ where: [{ parameter: { code: 'status' } }] }] });
    expect(sources('patient/Provenance.c patient/Media.cr', 'Provenance', 'c')).toEqual([{ types: ['Media'] }]);
  });

  it('attach to what they may create without seeing it only as it is created (ADR 43)', () => {
    const [grant] = decide(principal('patient/Provenance.c patient/Media.c', p1), 'Provenance', 'c').grants;
    expect(grant?.within?.sources).toEqual([{ types: [] }, { types: ['Media'], isUnread: true }]);
  });

  it('attach to what they may create by one condition for all types with the same owner element', () => {
    const caller = { ...principal('patient/*.cruds', p1), clearance: 'N' as const };
    const { sources = [] } = decide(caller, 'Provenance', 'c').grants[0]!.within!;
    const created = sources.filter(({ isUnread }) => isUnread);
    // Types that can point at a Binary are limited by more than their owner.
    const byOwner = created.flatMap(({ grants = [] }) => grants).filter(({ within }) => !within?.sources);
    const elements = byOwner.map(({ within }) => within?.ownedBy?.element.path);
    expect(new Set(elements).size).toBe(elements.length);
    expect(elements).toContain('beneficiary');
    const bySubject = created.find(({ types }) => types.includes('Observation'));
    expect(bySubject?.types).toContain('MedicationRequest');
    expect(bySubject?.grants).toMatchObject([
      { within: { ownedBy: { element: { path: 'subject' }, base } }, withheld: { clearance: 'N' } },
    ]);
    expect(bySubject?.grants?.[0]?.within?.ownedBy).not.toHaveProperty('type');
  });

  it('point at Binaries only as far as the token sees them (ADR 9)', () => {
    const [grant] = decide(principal('patient/DocumentReference.cruds', p1), 'DocumentReference', 'u').grants;
    expect(grant?.within?.sources).toEqual([{ types: ['DocumentReference'] }]);
    const [whole] = decide(principal('patient/*.cruds', p1), 'DocumentReference', 'u').grants;
    expect(whole?.within?.sources).toBeUndefined();
  });

  it.each(['c', 'u', 'd'] as const)(
    'write (%s) what names nobody else as the owner of its record (ADR 41)',
    (letter) => {
      const { within, where } = decide(principal('patient/*.cruds', p1), 'AllergyIntolerance', letter).grants[0]!;
      expect(within).toEqual({
        owner: { kind: 'patient', id: 'p1' },
        membership: 'compartment',
        ownedBy: { type: 'AllergyIntolerance', element: { path: 'patient' }, base },
      });
      expect(where).toEqual([]);
      expect(decide(principal('patient/*.cruds', p1), 'AllergyIntolerance').grants).toEqual([inRecord('p1')]);
    },
  );

  it('point at no more than policies leave of other types, from the moment these change', () => {
    const changing = new AccessRules({ base, timeZone: 'UTC' }, new SearchParameters());
    const who = principal('patient/DocumentReference.cruds patient/Media.rs', p1);
    const sourcesNow = () =>
      new RequestContext(who, changing).accessTo('DocumentReference', 'u').grants[0]?.within?.sources;
    expect(sourcesNow()).toEqual([{ types: ['DocumentReference', 'Media'] }]);
    const policy: AccessPolicy = {
      name: 'no media',
      decide: ({ type }) => (type === 'Media' ? deny('no-media', 'Nobody sees Media.') : abstain()),
    };
    changing.setSource({ edition: { policies: [policy], isBelieved: true }, refresh: () => undefined });
    expect(sourcesNow()).toEqual([{ types: ['DocumentReference'] }]);
  });

  it('are told apart by what they derive from', () => {
    const fingerprint = (scope: string) => decide(principal(scope, p1), 'Binary', 's').fingerprint;
    expect(fingerprint('patient/Binary.rs patient/Media.rs')).not.toBe(fingerprint('patient/Binary.rs'));
    expect(fingerprint('patient/Binary.rs patient/Media.rs')).toBe(
      fingerprint('patient/Media.read patient/Binary.read'),
    );
  });

  it('read shared types and never write them', () => {
    const who = principal('patient/*.cruds', p1);
    expect(decide(who, 'Practitioner').unrestricted).toBe(true);
    expect(decide(who, 'ValueSet', 's').unrestricted).toBe(true);
    for (const permission of ['c', 'u', 'd'] as const) {
      expect(codes(who, 'Practitioner', permission)).toEqual(['type-withheld']);
    }
    expect(codes(principal('patient/Observation.rs', p1), 'Practitioner')).toEqual(['scope-insufficient']);
  });

  it.each(['Group', 'Subscription', 'Linkage', 'PaymentNotice', 'Parameters'])('withhold %s', (type) => {
    expect(codes(principal(`patient/${type}.cruds`, p1), type)).toEqual(['type-withheld']);
  });

  it('never create a Patient (115a)', () => {
    expect(codes(principal('patient/*.cruds', p1), 'Patient', 'c')).toEqual(['write-outside-compartment']);
  });

  it("leave the user's own resource readable", () => {
    const who = principal('patient/*.rs', { ...p1, fhirUser: { type: 'RelatedPerson', id: 'mum' } });
    expect(decide(who, 'RelatedPerson').grants).toContainEqual({ where: [], only: 'mum' });
    expect(() => decide(who, 'RelatedPerson', 'u')).toThrow(Refused);
    const identityOnly = principal('openid fhirUser', practitioner);
    expect(decide(identityOnly, 'Practitioner').grants).toEqual([{ where: [], only: 'dr' }]);
    expect(codes(identityOnly, 'Practitioner', 's')).toEqual(['scope-missing']);
  });
});

describe('user/ and system/ scopes', () => {
  it('of a Patient reach that record only', () => {
    const who = principal('user/*.cruds', { fhirUser: { type: 'Patient', id: 'p7' } });
    expect(decide(who, 'Observation').grants).toEqual([inRecord('p7')]);
    expect(codes(who, 'Group')).toEqual(['type-withheld']);
    expect(codes(who, 'Patient', 'c')).toEqual(['write-outside-compartment']);
  });

  it('of a RelatedPerson reach the record of their patient', () => {
    const who = principal('user/*.rs', { fhirUser: { type: 'RelatedPerson', id: 'mum' } });
    expect(decide(who, 'Observation').grants).toEqual([
      { within: { owner: { kind: 'related-person', id: 'mum' }, membership: 'compartment' }, where: [] },
    ]);
  });

  it('of a RelatedPerson never write what gives them the record', () => {
    const who = principal('user/*.cruds', { fhirUser: { type: 'RelatedPerson', id: 'mum' } });
    for (const permission of ['c', 'u', 'd'] as const) {
      expect(codes(who, 'RelatedPerson', permission)).toEqual(['type-withheld']);
    }
    expect(decide(who, 'RelatedPerson').grants).not.toEqual([]);
    const allowing = new AccessRules(
      { base, timeZone: 'UTC', patientWrites: ['CareTeam', 'RelatedPerson'] },
      new SearchParameters(),
    );
    const may = (scope: string, type: string, claims: Partial<Principal>) =>
      new RequestContext(principal(scope, claims), allowing).may(type, 'u');
    const patient = { fhirUser: { type: 'Patient', id: 'p1' } };
    expect(may('user/*.cruds', 'RelatedPerson', patient)).toBe(true);
    const relative = { patient: 'p1', fhirUser: { type: 'RelatedPerson', id: 'mum' } };
    for (const scope of ['user/*.cruds', 'patient/*.cruds']) {
      expect(may(scope, 'RelatedPerson', relative)).toBe(false);
      expect(may(scope, 'CareTeam', relative)).toBe(true);
    }
  });

  it.each(['CareTeam', 'Consent', 'Person', 'RelatedPerson'])(
    'of a patient do not write a %s, which lets others in (ADR 42)',
    (type) => {
      for (const permission of ['c', 'u', 'd'] as const) {
        const { refusals } = refusalOf(principal('patient/*.cruds', p1), type, permission);
        expect(refusals.map(({ code }) => code)).toEqual(['policy-relevant']);
        expect(refusals[0].cure).toContain(`PATIENT_WRITES=${type}`);
      }
      expect(decide(principal('patient/*.cruds', p1), type).grants).toEqual([inRecord('p1')]);
      expect(decide(principal('user/*.cruds', practitioner), type, 'c').unrestricted).toBe(true);
    },
  );

  it('of a Practitioner are limited by scopes alone', () => {
    expect(decide(principal('user/*.rs', practitioner), 'Observation').unrestricted).toBe(true);
  });

  it('without a fhirUser are refused or allowed as the issuer says', () => {
    expect(codes(principal('user/*.rs'), 'Observation')).toEqual(['user-unlinked']);
    expect(decide(principal('user/*.rs', { userWithoutFhirUser: 'allow' }), 'Observation').unrestricted).toBe(true);
    expect(decide(principal('user/*.rs', { local: true }), 'Observation').unrestricted).toBe(true);
  });

  it.each<Partial<Principal>>([{}, { userWithoutFhirUser: 'allow' }, { local: true }])(
    'of a Person, who may be anybody, count as unlinked, whoever %j',
    (more) => {
      const who = principal('user/*.rs', { ...more, fhirUser: { type: 'Person', id: 'x' } });
      expect(codes(who, 'Observation')).toEqual(['user-unlinked']);
      const [unlinked] = refusalOf(who, 'Observation').refusals;
      expect(unlinked.fact).toContain('fhirUser Person/x');
      expect(unlinked.cure).toContain('patient/ scopes');
      expect(unlinked.cure).not.toContain('userWithoutFhirUser');
    },
  );

  it.each<Partial<Principal>>([{}, { userWithoutFhirUser: 'allow' }, { local: true }])(
    'of somebody whom fhirUser names elsewhere say so, whoever %j',
    (more) => {
      const unusableFhirUser = 'http://elsewhere.example/Practitioner/1 is no resource of this server';
      const [unlinked, ...others] = refusalOf(
        principal('user/*.rs', { ...more, unusableFhirUser }),
        'Observation',
      ).refusals;
      expect([unlinked.code, others]).toEqual(['user-unlinked', []]);
      expect(unlinked.fact).toContain('elsewhere.example');
      expect(unlinked.fact).not.toContain('names no FHIR user');
      expect(unlinked.cure).not.toContain('to allow');
    },
  );

  it('count for machines only when they are system/ scopes', () => {
    expect(decide(principal('system/*.rs', { kind: 'machine' }), 'Group').unrestricted).toBe(true);
    const { refusals } = refusalOf(principal('system/*.rs', practitioner), 'Group');
    expect(refusals.map(({ code }) => code)).toEqual(['scope-insufficient', 'system-scope-ignored']);
  });
});

describe('refusals', () => {
  it('name the smallest scope in v2 and v1 form', () => {
    const [first] = refusalOf(principal('openid profile', { local: true }), 'Patient', 's').refusals;
    expect(first).toMatchObject({ code: 'scope-missing', scopes: ['user/Patient.s'] });
    expect(first.fact).toContain('only openid, profile');
    expect(first.cure).toContain('user/Patient.read');
  });

  it('suggest the least context that helps', () => {
    expect(refusalOf(principal('patient/Patient.r', p1), 'Condition').refusals[0].scopes).toEqual([
      'patient/Condition.r',
    ]);
    expect(refusalOf(principal('patient/Patient.r', p1), 'Group').refusals[0].scopes).toEqual(['user/Group.r']);
    expect(refusalOf(principal('', { kind: 'machine' }), 'Group').refusals[0].scopes).toEqual(['system/Group.r']);
  });

  it('give each ignored scope that would have mattered its own reason', () => {
    const who = principal('user/Patient.sr user/patient.rs user/Observation.sr', practitioner);
    const { refusals } = refusalOf(who, 'Patient');
    expect(refusals.map(({ code }) => code)).toEqual(['scope-insufficient', 'scope-out-of-order', 'scope-unknown']);
    expect(refusals.map(({ fact }) => fact).join()).not.toContain('user/Observation.sr is ignored');
  });

  it('carry nothing but printable text of hostile scopes', () => {
    const { refusals } = refusalOf(principal('user/Pat\u202eient.rs user/x\r\n.rs', practitioner), 'Patient');
    for (const { fact, cure } of refusals) expect(fact + cure).toMatch(/^[\x20-\x7e]*$/);
  });
});

describe('advice names only what can help the caller', () => {
  const patient = { fhirUser: { type: 'Patient', id: 'p7' } };
  const relative = { fhirUser: { type: 'RelatedPerson', id: 'mum' } };
  const never: readonly (readonly [string, Permission, string])[] = [
    ['Group', 's', 'type-withheld'],
    ['AuditEvent', 's', 'type-withheld'],
    ['Practitioner', 'c', 'type-withheld'],
    ['Practitioner', 'd', 'type-withheld'],
    ['Person', 'c', 'policy-relevant'],
    ['Consent', 'd', 'policy-relevant'],
    ['Patient', 'c', 'write-outside-compartment'],
  ];

  it.each(never.flatMap((one) => [patient, relative].map((who) => [...one, who] as const)))(
    '%s.%s is given by no scope to who is limited to a record (%s)',
    (type, permission, code, who) => {
      for (const scopes of ['openid', 'user/Observation.rs', `user/${type}.cruds`]) {
        const [first, ...others] = refusalOf(principal(scopes, who), type, permission).refusals;
        expect([first.code, first.scopes, others]).toEqual([code, undefined, []]);
        expect(first.cure).toContain(`No scope gives`);
        expect(first.cure).toContain('practitioner');
      }
    },
  );

  it('a scope that helps them is named', () => {
    for (const who of [patient, relative]) {
      const [first, ...others] = refusalOf(principal('user/Observation.rs', who), 'Condition', 's').refusals;
      expect([first.code, first.scopes, others]).toEqual(['scope-insufficient', ['user/Condition.s'], []]);
    }
    const launched = principal('patient/Observation.rs', { ...p1, ...patient });
    expect(refusalOf(launched, 'Condition', 's').refusals[0].scopes).toEqual(['patient/Condition.s']);
    expect(refusalOf(launched, 'Group', 's').refusals[0].scopes).toBeUndefined();
    const clinician = principal('patient/*.rs', { ...p1, ...practitioner });
    expect(refusalOf(clinician, 'Group', 's').refusals[0].scopes).toEqual(['user/Group.s']);
  });
});

describe('Access', () => {
  it('cannot be forged', () => {
    const looksLikeOne = { type: 'Patient', permission: 'r', grants: [], unrestricted: true, fingerprint: '' } as const;
    // @ts-expect-error: the type is nominal, and its constructor is private
    const forged: Access<'r'> = looksLikeOne;
    expect(forged).not.toBeInstanceOf(Access);
  });

  it('has one fingerprint for one reach, whatever the order of scopes', () => {
    const one = principal('user/Observation.r?code=a&category=b patient/*.rs', { ...p1, ...practitioner });
    const other = principal('patient/*.rs user/Observation.r?category=b&code=a', { ...p1, ...practitioner });
    expect(decide(one, 'Observation').fingerprint).toBe(decide(other, 'Observation').fingerprint);
    expect(decide(principal('patient/*.r', { patient: 'p2' }), 'Observation').fingerprint).not.toBe(
      decide(principal('patient/*.r', p1), 'Observation').fingerprint,
    );
  });

  it('is unlimited only by a scope that is', () => {
    const scope = fc
      .constantFrom('patient', 'user', 'system')
      .chain((context) =>
        fc
          .tuple(
            fc.constantFrom('*', 'Observation', 'Practitioner', 'Patient', 'AuditEvent', 'Group', 'observation'),
            fc.constantFrom('rs', 'cruds', 'r', 's', 'cud', 'sr', 'read', '*', ''),
            fc.constantFrom('', '?_id=a', '?category=a', '?code:not=a', '?'),
          )
          .map(([type, letters, query]) => `${context}/${type}.${letters}${query}`),
      );
    const type = fc.constantFrom('Observation', 'Practitioner', 'Patient', 'AuditEvent', 'Group');
    const permission = fc.constantFrom('c', 'r', 'u', 'd', 's');
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 4 }), type, permission, (scopes, asked, letter) => {
        const who = principal(scopes.join(' '), { ...p1, ...practitioner });
        const opens = scopes.some((text) => opensAll(text, asked, letter));
        let unlimited = false;
        try {
          unlimited = decide(who, asked, letter).grants.some(isUnlimited);
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
        }
        expect(unlimited).toBe(opens);
      }),
      { numRuns: 2000 },
    );
  });
});

function opensAll(text: string, type: string, permission: Permission): boolean {
  const parsed = parseScope(text);
  if (!('ok' in parsed) || parsed.ok.constraints.length > 0 || !parsed.ok.permissions.includes(permission))
    return false;
  const { context, type: named } = parsed.ok;
  if (named !== type && !(named === '*' && type !== 'AuditEvent')) return false;
  return (
    context === 'user' || (context === 'patient' && compartmentGroup(type) === 'shared' && 'rs'.includes(permission))
  );
}
