import { describe, expect, it } from 'vitest';
import type { Principal } from '../auth/principal.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { Refused } from '../refusal/refusal.js';
import { AccessRules, type PolicyEdition } from './access-rules.js';
import { RequestContext } from './request-context.js';
import { PoliciesChanged, PoliciesUnknown } from './policies/policies-unknown.js';
import { type AccessPolicy, deny, mask } from './policies/policy.js';

const base = 'https://fhir.example/fhir/r4';
const practitioner: Principal = {
  issuer: 'https://idp.example',
  local: false,
  subject: 'me',
  kind: 'user',
  scopes: ['user/*.rs'],
  userWithoutFhirUser: 'deny',
  expiresAt: 2_000_000_000,
  claims: {},
  fhirUser: { type: 'Practitioner', id: 'dr' },
};

describe('an access, while policies change', () => {
  it('is decided again by other policies, and storage goes by none that are not believed (ADR 47)', async () => {
    const changing = new AccessRules({ base, timeZone: 'UTC' }, new SearchParameters());
    const context = new RequestContext(practitioner, changing);
    const nobody = { name: 'nobody', decide: () => deny('nobody', 'Nobody.') };
    let edition: PolicyEdition = { policies: [], isBelieved: true };
    let isHeard = false;
    const refresh = async (): Promise<void> => {
      if (isHeard) edition = { policies: [nobody], isBelieved: true };
    };
    changing.setSource({
      get edition() {
        return edition;
      },
      refresh,
    });
    const access = context.accessTo('Patient', 'r');
    expect(access.confirm()).toBeUndefined();
    edition = { policies: [], isBelieved: false };
    const later = context.accessTo('Patient', 'r');
    await expect(later.confirm()).rejects.toThrow(PoliciesUnknown);
    isHeard = true;
    await expect(later.confirm()).rejects.toThrow(PoliciesChanged);
    expect(() => context.accessTo('Patient', 'r')).toThrow(Refused);
  });

  it('keeps the masks of the policies that decided it', () => {
    const changing = new AccessRules({ base, timeZone: 'UTC' }, new SearchParameters());
    const policy: AccessPolicy = { name: 'no dates', decide: () => mask(['Patient.birthDate'], 'Nobody sees dates.') };
    let edition: PolicyEdition = { policies: [policy], isBelieved: true };
    changing.setSource({
      get edition() {
        return edition;
      },
      refresh: () => undefined,
    });
    const access = new RequestContext(practitioner, changing).accessTo('Patient', 'r');
    edition = { policies: [], isBelieved: true };
    expect(access.maskOf('Patient')).toEqual(['birthDate']);
  });
});
