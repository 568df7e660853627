import { describe, expect, it } from 'vitest';
import type { Principal } from '../../auth/principal.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { AccessRules } from '../access-rules.js';
import { myAccess } from './my-access.js';
import { myAccessParameters } from './my-access-parameters.js';
import { myAccessText } from './my-access-text.js';
import { permissions } from '../grammar/permission.js';
import { abstain, type AccessPolicy, constrain, deny, mask } from '../policies/policy.js';
import { RequestContext } from '../request-context.js';

const rules = new AccessRules({ base: 'https://fhir.example/fhir/r4', timeZone: 'UTC' }, new SearchParameters());
const principal: Principal = {
  issuer: 'https://idp.example',
  local: false,
  subject: 'me',
  clientId: 'app',
  kind: 'user',
  scopes: [
    'patient/Observation.rs?category=laboratory',
    'patient/Observation.c',
    'patient/Practitioner.r',
    'patient/Group.r',
    'user/Patient.sr',
    'openid',
  ],
  patient: 'p1',
  fhirUser: { type: 'Practitioner', id: 'dr' },
  userWithoutFhirUser: 'deny',
  expiresAt: 2_000_000_000,
  claims: {},
};

interface Part {
  readonly name: string;
  readonly valueString?: string;
  readonly part?: readonly Part[];
  readonly [value: string]: unknown;
}
const describeWith = (scopes: readonly string[]) =>
  myAccessParameters(myAccess(new RequestContext({ ...principal, scopes }, rules)), rules.base) as unknown as {
    parameter: readonly Part[];
  };
const named = (name: string, { parameter }: { parameter: readonly Part[] }) =>
  parameter.filter((part) => part.name === name);

describe('$my-access', () => {
  const described = describeWith(principal.scopes);

  it('says who asks, for which patient, and until when', () => {
    expect(described).toMatchObject({ resourceType: 'Parameters' });
    expect(named('patient', described)).toEqual([{ name: 'patient', valueReference: { reference: 'Patient/p1' } }]);
    expect(named('expires', described)).toEqual([{ name: 'expires', valueInstant: '2033-05-18T03:33:20.000Z' }]);
  });

  it('lists effective permissions by type with their limits', () => {
    const lines = named('access', described).map(({ part = [] }) =>
      part.map(({ valueString, valueCode }) => valueString ?? valueCode).join(' / '),
    );
    expect(lines).toEqual([
      'Observation / c / record of Patient/p1 and subject that names no other patient',
      'Observation / rs / record of Patient/p1 and category laboratory',
      'Practitioner / r / all',
    ]);
  });

  it('reports ignored scopes with their reasons, and other scopes apart', () => {
    expect(named('ignored', described).map(({ part }) => part?.slice(0, 2))).toEqual([
      [
        { name: 'scope', valueString: 'user/Patient.sr' },
        {
          name: 'reason',
          valueCoding: { system: 'https://fhir.example/fhir/r4/CodeSystem/denial-reason', code: 'scope-out-of-order' },
        },
      ],
    ]);
    expect(named('otherScope', described)).toEqual([{ name: 'otherScope', valueString: 'openid' }]);
  });

  it('gives the same permissions for the same scopes in any order', () => {
    const reversed = describeWith(principal.scopes.toReversed());
    expect(named('access', reversed)).toEqual(named('access', described));
  });

  it('says the same to people, types with the same limits together', () => {
    const context = new RequestContext({ ...principal, scopes: [...principal.scopes, 'patient/Condition.c'] }, rules);
    expect(myAccessText(myAccess(context), rules.base)).toBe(`What this token may do at https://fhir.example/fhir/r4

  user: me, says https://idp.example
  client: app
  FHIR user: Practitioner/dr
  patient in context: Patient/p1
  expires: 2033-05-18T03:33:20.000Z
  clearance: V
  Consents: not enforced: the server does not enforce Consents (CONSENT=off)
  break the glass: not allowed

Scopes that count
  patient/Observation.rs?category=laboratory
  patient/Observation.c
  patient/Practitioner.r
  patient/Group.r
  patient/Condition.c

Scopes that do not count
  user/Patient.sr: .sr is not in the order c, r, u, d, s, each once: write .rs [scope-out-of-order]

Other scopes
  openid

Permissions (c create, r read, u update, d delete, s search)
  c      record of Patient/p1 and subject that names no other patient:
         Condition, Observation
  rs     record of Patient/p1 and category laboratory:
         Observation
  r      all:
         Practitioner
`);
  });

  it('names each policy that narrows or refuses, where scopes give something', () => {
    const policies: readonly AccessPolicy[] = [
      { name: 'silent', decide: abstain },
      {
        name: 'final-only',
        decide: ({ type }) => (type === 'Observation' ? constrain('status=final', 'only final results') : abstain()),
      },
      {
        name: 'read-only',
        decide: ({ permission }) => (permission === 'c' ? deny('no', 'Nobody writes.') : abstain()),
      },
    ];
    const narrowed = new AccessRules({ base: rules.base, timeZone: 'UTC' }, new SearchParameters(), policies);
    const mine = myAccess(new RequestContext(principal, narrowed));
    expect(mine.policies.map(({ policy, verdict, because, on }) => [policy, verdict, because, [...on]])).toEqual([
      ['final-only', 'constrain', 'only final results', [['Observation', 'crs']]],
      ['read-only', 'deny', 'Nobody writes.', [['Observation', 'c']]],
    ]);
    expect(mine.access.map(({ type, permissions: letters, reach }) => [type, letters, ...reach])).toEqual([
      ['Observation', 'rs', 'record of Patient/p1 and category laboratory and what the policies allow'],
      ['Practitioner', 'r', 'all'],
    ]);
    expect(myAccessText(mine, rules.base)).toContain(
      'final-only (constrain status=final): only final results; on Observation crs',
    );
  });

  it('asks a policy once by type and permission, for granular scopes and masks too', () => {
    const asked: string[] = [];
    const counting: AccessPolicy = {
      name: 'counting',
      decide: ({ type, permission }) => {
        asked.push(`${type}.${permission}`);
        return type === 'Condition' ? mask(['Condition.note'], 'notes stay here') : abstain();
      },
    };
    const policies = new AccessRules({ base: rules.base, timeZone: 'UTC' }, new SearchParameters(), [counting]);
    // What policies depend on is found once for the token.
    myAccess(new RequestContext(principal, policies));
    asked.length = 0;
    myAccess(new RequestContext(principal, policies));
    expect(new Set(asked).size).toBe(resourceTypes.size * permissions.length);
    expect(asked).toHaveLength(resourceTypes.size * permissions.length);
  });

  it('survives a token that never expires', () => {
    const context = new RequestContext({ ...principal, expiresAt: 1e300 }, rules);
    expect(JSON.stringify(myAccessParameters(myAccess(context), rules.base))).toContain('9999-12-31');
  });
});
