import { describe, expect, it } from 'vitest';
import type { Principal } from '../auth/principal.js';
import { SearchParameters } from '../fhir/search/search-parameters.js';
import { AccessRules } from './access-rules.js';
import { describeAccess } from './my-access.js';
import { RequestContext } from './request-context.js';

const rules = new AccessRules('https://fhir.example/fhir/r4', new SearchParameters());
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
  describeAccess(new RequestContext({ ...principal, scopes }, rules)) as unknown as { parameter: readonly Part[] };
const named = (name: string, { parameter }: { parameter: readonly Part[] }) =>
  parameter.filter((part) => part.name === name);

describe('describeAccess', () => {
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
      'Observation / c / record of Patient/p1',
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

  it('survives a token that never expires', () => {
    const context = new RequestContext({ ...principal, expiresAt: 1e300 }, rules);
    expect(JSON.stringify(describeAccess(context))).toContain('9999-12-31');
  });
});
