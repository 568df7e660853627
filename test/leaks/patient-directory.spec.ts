import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalAccounts, type UserAccount } from '../../src/auth/accounts/local-accounts.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { PatientDirectory } from '../../src/oauth2/pages/patient-directory.js';
import { abstain, type AccessPolicy, type AccessQuery, constrain } from '../../src/scope/policies/policy.js';
import { aLabel, labelled } from '../support/consents.js';
import { aBundle, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const password = 'correct horse battery';

class OwnWardOnly implements AccessPolicy {
  readonly name = 'own-ward-only';

  decide({ principal, type }: AccessQuery) {
    return principal.subject === 'ward' && type === 'Patient'
      ? constrain('organization=Organization/o1', 'own ward only')
      : abstain();
  }
}

const users: Readonly<
  Record<string, { readonly grants: string; readonly fhirUser?: string; readonly clearance?: 'L' }>
> = {
  everything: { grants: 'user/*.rs' },
  practitioner: { grants: 'user/*.rs', fhirUser: 'Practitioner/dr' },
  women: { grants: 'user/Patient.rs?gender=female user/Encounter.rs' },
  ward: { grants: 'user/*.rs' },
  reader: { grants: 'user/Patient.r' },
  searcher: { grants: 'user/Patient.s' },
  other: { grants: 'user/Observation.rs' },
  lowest: { grants: 'user/*.rs', clearance: 'L' },
};

const personal = {
  own: { fhirUser: 'Patient/f1', sees: ['f1'] },
  relative: { fhirUser: 'RelatedPerson/r1', sees: ['m1'] },
  gone: { fhirUser: 'Patient/gone', sees: [] },
  stranger: { fhirUser: 'Patient/nowhere', sees: [] },
} as const;

let server: TestServer;
let directory: PatientDirectory;

const ids = ['f1', 'f2', 'm1', 'm2', 'gone', 'nowhere', '', '../f1', 'f1/_history/1'];

beforeAll(async () => {
  server = await startServer({}, [FhirModule.forFeature({ name: 'test', policies: [OwnWardOnly] })]);
  directory = server.app.get(PatientDirectory);
  const patient = (id: string, gender: string, ward: string) => ({
    resourceType: 'Patient',
    id,
    gender,
    name: [{ family: `family-${id}` }],
    birthDate: '1980-01-02',
    identifier: [{ value: `number-${id}` }],
    managingOrganization: { reference: `Organization/${ward}` },
  });
  const resources = [
    { resourceType: 'Organization', id: 'o1', name: 'One' },
    { resourceType: 'Organization', id: 'o2', name: 'Two' },
    { resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Hart' }] },
    patient('f1', 'female', 'o1'),
    patient('f2', 'female', 'o2'),
    patient('m1', 'male', 'o1'),
    { ...patient('m2', 'male', 'o2'), ...labelled(aLabel('N')) },
    patient('gone', 'female', 'o1'),
    { resourceType: 'RelatedPerson', id: 'r1', patient: { reference: 'Patient/m1' } },
    ...['f1', 'm1'].map((id) => ({
      resourceType: 'Encounter',
      id: `e-${id}`,
      status: 'finished',
      class: { code: 'AMB' },
      subject: { reference: `Patient/${id}` },
    })),
  ];
  const token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  const stored = await server.call('POST', '', { token, body: aBundle('transaction', ...resources.map(putting)) });
  if (stored.status !== 200) throw new Error(stored.text);
  await server.call('DELETE', 'Patient/gone', { token });
  const accounts = server.app.get(LocalAccounts);
  for (const [name, user] of Object.entries(users)) await accounts.create({ name, password, ...user });
  for (const [name, { fhirUser }] of Object.entries(personal)) {
    await accounts.create({ name, password, grants: 'user/*.rs', fhirUser });
  }
});
afterAll(() => server.close());

const accountOf = async (name: string): Promise<UserAccount> =>
  (await server.app.get(LocalAccounts).findActiveByName(name))!;

async function tokenOf(user: string): Promise<string> {
  const answer = await server.call('POST', 'login', {
    body: { user, password },
    headers: { 'content-type': 'application/json' },
  });
  return answer.body.access_token as string;
}

const idsOf = (patients: readonly { readonly id: string }[]): readonly string[] =>
  patients.map(({ id }) => id).toSorted();

describe('the patient directory', () => {
  it.each(Object.keys(users))('shows %s what the API shows them, and no patient more', async (name) => {
    const [account, token] = [await accountOf(name), await tokenOf(name)];
    const answer = await server.call('GET', 'Patient', { token });
    const visible =
      answer.status === 200
        ? (answer.body.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource)
        : [];
    expect(idsOf((await directory.search(account, {})).patients)).toEqual(idsOf(visible));
    for (const id of ids) {
      const isReadable = /^\w+$/.test(id) && (await server.call('GET', `Patient/${id}`, { token })).status === 200;
      expect(await directory.maySee(name, id), id).toBe(isReadable);
    }
  });

  it.each(['women', 'ward', 'searcher', 'other', 'reader', 'lowest'])(
    'finds nobody hidden from %s by any of its fields',
    async (name) => {
      const [account, token] = [await accountOf(name), await tokenOf(name)];
      for (const id of ['f1', 'f2', 'm1', 'm2']) {
        const answer = await server.call('GET', `Patient?identifier=number-${id}`, { token });
        const isVisible = answer.status === 200 && answer.body.entry?.length === 1;
        for (const query of [{ name: `family-${id}` }, { identifier: `number-${id}` }]) {
          const { patients } = await directory.search(account, { ...query, birthDate: '1980-01-02' });
          expect(idsOf(patients), `${name} ${id}`).toEqual(isVisible ? [id] : []);
        }
      }
    },
  );

  it.each(Object.entries(personal))('shows %s themself or whom they act for', async (name, { sees }) => {
    const account = await accountOf(name);
    expect(idsOf((await directory.search(account, {})).patients)).toEqual(sees);
    // A search does not make it more.
    expect(idsOf((await directory.search(account, { name: 'family' })).patients)).toEqual(sees);
    for (const id of ids) expect(await directory.maySee(name, id), id).toBe((sees as readonly string[]).includes(id));
  });

  it('shows encounters of patients that are seen only', async () => {
    const encountersOf = async (name: string, patient: string) =>
      idsOf(await directory.encounters(await accountOf(name), patient));
    expect(await encountersOf('everything', 'm1')).toEqual(['e-m1']);
    expect(await encountersOf('women', 'f1')).toEqual(['e-f1']);
    expect(await encountersOf('women', 'm1')).toEqual([]);
    expect(await encountersOf('own', 'm1')).toEqual([]);
    expect(await encountersOf('relative', 'm1')).toEqual(['e-m1']);
    expect(await directory.maySeeEncounter('women', 'f1', 'e-f1')).toBe(true);
    expect(await directory.maySeeEncounter('women', 'f1', 'e-m1')).toBe(false);
    expect(await directory.maySeeEncounter('women', 'm1', 'e-m1')).toBe(false);
  });

  it('knows no account that is disabled or not there', async () => {
    await server.app.get(LocalAccounts).create({ name: 'left', password, grants: 'user/*.rs' });
    expect(await directory.maySee('left', 'f1')).toBe(true);
    await server.app.get(LocalAccounts).disable('left');
    expect(await directory.maySee('left', 'f1')).toBe(false);
    expect(await directory.maySee('nobody', 'f1')).toBe(false);
  });
});
