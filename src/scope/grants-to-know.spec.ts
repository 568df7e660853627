import { describe, expect, it } from 'vitest';
import type { Principal } from '../auth/principal.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { AccessRules } from './access-rules.js';
import { RequestContext } from './request-context.js';
import type { Grant } from './grant.js';
import { type AccessPolicy, constrain, deny } from './policies/policy.js';

const base = 'https://fhir.example/fhir/r4';
const parameters = new SearchParameters();

function known(scopes: string, type: string, more: Partial<Principal> = {}, policies: readonly AccessPolicy[] = []) {
  const principal: Principal = {
    issuer: 'https://idp.example',
    local: false,
    subject: 'me',
    kind: 'user',
    scopes: scopes.split(' '),
    userWithoutFhirUser: 'allow',
    expiresAt: 2_000_000_000,
    claims: {},
    ...more,
  };
  const rules = new AccessRules({ base, timeZone: 'UTC' }, parameters);
  const access = new RequestContext(principal, rules).accessTo('Observation', 'c');
  rules.addPolicies(...policies);
  return access.grantsToKnow(type);
}
const p1 = { patient: 'p1' };
const own = (id: string): readonly Grant[] => [{ where: [], only: id }];

describe('what a caller may be told to exist beside what an access is for', () => {
  it('is what they may read, and nothing else', () => {
    expect(known('user/Observation.c user/Patient.r', 'Patient')).toEqual([{ where: [] }]);
    expect(known('user/Observation.c user/Patient.cuds', 'Patient')).toEqual([]);
    expect(known('user/Observation.c user/Patient.r?_id=p2', 'Patient')).toMatchObject([
      { where: [{ parameter: { code: '_id' } }] },
    ]);
    expect(known('patient/*.cr', 'Condition', p1)).toMatchObject([{ within: { owner: { id: 'p1' } } }]);
    expect(known('patient/*.cr', 'Group', p1)).toEqual([]);
  });

  it('is the patient of the launch and the own resource, whatever the scopes', () => {
    const fhirUser = { type: 'Practitioner', id: 'dr' };
    expect(known('patient/Observation.c', 'Patient', { ...p1, fhirUser })).toEqual(own('p1'));
    expect(known('patient/Observation.c', 'Practitioner', { ...p1, fhirUser })).toEqual(own('dr'));
    expect(known('patient/Observation.c', 'Organization', { ...p1, fhirUser })).toEqual([]);
  });

  it('is the patient that a RelatedPerson stands for', () => {
    const fhirUser = { type: 'RelatedPerson', id: 'aunt' };
    const owner = { kind: 'related-person', id: 'aunt' };
    expect(known('user/Observation.c', 'Patient', { fhirUser })).toEqual([
      { where: [], within: { owner, membership: 'compartment' } },
    ]);
    expect(known('user/Observation.c', 'RelatedPerson', { fhirUser })).toEqual(own('aunt'));
  });

  it('is narrowed by policies, for what the token names too', () => {
    const refusing: AccessPolicy = { name: 'none', decide: () => deny('none', 'Nobody reads.') };
    const narrowing: AccessPolicy = { name: 'active', decide: () => constrain('active=true', 'only active ones') };
    expect(known('user/Observation.c user/Patient.r', 'Patient', p1, [refusing])).toEqual([]);
    for (const grant of known('user/Observation.c', 'Patient', p1, [narrowing])) {
      expect(grant).toMatchObject({ only: 'p1', rules: [{ filter: { parameter: { code: 'active' } } }] });
    }
  });
});
