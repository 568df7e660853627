import { expect, it } from 'vitest';
import type { Principal } from '../auth/principal.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { Refused } from '../refusal/refusal.js';
import { AccessRules } from './access-rules.js';
import type { AccessPolicy } from './policies/policy.js';
import { RequestContext } from './request-context.js';

const principal: Principal = {
  issuer: 'https://idp.example',
  local: false,
  subject: 'me',
  kind: 'user',
  scopes: ['user/*.cruds'],
  userWithoutFhirUser: 'deny',
  expiresAt: 2_000_000_000,
  claims: {},
  fhirUser: { type: 'Practitioner', id: 'dr' },
};
const later = new Refused([{ code: 'policy-refused', fact: 'Its answer is late.', cure: 'Try again.' }], {
  retryAfterSeconds: 7,
});

it('what a policy throws forbids as its refusal does, and is told as it was thrown', () => {
  const throwing: AccessPolicy = {
    name: 'throwing',
    decide() {
      throw later;
    },
  };
  const settings = { base: 'https://fhir.example/fhir/r4', timeZone: 'UTC' };
  const context = new RequestContext(principal, new AccessRules(settings, new SearchParameters(), [throwing]));
  expect(context.may('Patient', 'r')).toBe(false);
  expect(context.accessIfAny('Patient', 'r')).toBeUndefined();
  expect(() => context.accessTo('Patient', 'r')).toThrow(later);
});
