import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewAccount } from '../../src/auth/accounts/local-accounts.js';
import type { BuiltResource } from '../../src/testing/resources.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { type AdminApi, adminApi, logIn } from '../support/admin-api.js';
import { aConsent, aLabel, labelled, ofClass } from '../support/consents.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { createUser } from '../support/oauth-server.js';

/** What an administrator is told of the access of others does not depend on rows that the administrator is not shown (docs/adr/0140). */
let server: TestServer;
let admin: AdminApi;
let loader: string;
const rights = 'admin/User.r admin/Client.r admin/Policy.r admin/Audit.r';
const password = 'correct horse';
const laboratory = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
const vital = { category: [{ coding: [{ system: laboratory.split('|')[0]!, code: 'vital-signs' }] }] };
const aCondition = { resourceType: 'Condition', subject: { reference: 'Patient/p1' }, code: { text: 'hidden' } };
const ofP1 = (changes: JsonObject = {}): BuiltResource => anObservation('Patient/p1', changes);

/** Administrators, and a row each that is hidden from them and not from the users whom they ask about. */
const limits: Readonly<Record<string, { readonly account: Partial<NewAccount>; readonly hidden: BuiltResource }>> = {
  'by the type': { account: { grants: `user/Patient.rs user/Observation.rs ${rights}` }, hidden: aCondition },
  'by criteria of a scope': {
    account: { grants: `user/Patient.rs user/Observation.rs?category=${laboratory} ${rights}` },
    hidden: ofP1(vital),
  },
  'by what may be searched and not read': {
    account: { grants: `user/Patient.rs user/Observation.s ${rights}` },
    hidden: ofP1(),
  },
  'by criteria of reads alone': {
    account: {
      grants: `user/Patient.rs user/Observation.s user/Observation.r?category=${laboratory} ${rights}`,
    },
    hidden: ofP1(vital),
  },
  'by a label': { account: { grants: `user/*.rs ${rights}`, clearance: 'N' }, hidden: ofP1(labelled(aLabel('R'))) },
  'by a policy': { account: { grants: `user/*.rs ${rights}` }, hidden: ofP1({ status: 'preliminary' }) },
  'by a Consent': { account: { grants: `user/*.rs ${rights}` }, hidden: aCondition },
};
const nameOf = (limit: string): string => limit.replaceAll(' ', '-');

beforeAll(async () => {
  server = await startServer();
  admin = await adminApi(server);
  loader = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  await store(
    { ...aPatient(), id: 'p1' },
    { ...aPatient(), id: 'vip', ...labelled(aLabel('R')) },
    { ...ofP1(), id: 'own' },
    { ...aConsent('Patient/p1', { class: [ofClass('Condition')] }), id: 'consent' },
  );
  for (const [limit, { account }] of Object.entries(limits))
    await createUser(server, { name: nameOf(limit), ...account });
  await createUser(server, { name: 'all', grants: 'user/*.rs', consentExempt: true });
  await createUser(server, { name: 'bound', grants: 'user/*.rs', clearance: 'N' });
  const put = await admin.call('PUT', 'policies/final-only', {
    description: 'Final results only',
    assignedTo: { users: [nameOf('by a policy')] },
    rules: [{ types: ['Observation'], constrain: 'status=final' }],
  });
  if (put.status !== 200) throw new Error(put.text);
});
afterAll(() => server?.close());

async function store(...resources: readonly JsonObject[]): Promise<void> {
  const body = aBundle('transaction', ...resources.map(putting));
  const { status, text } = await server.call('POST', '', { token: loader, body });
  expect(status, text).toBe(200);
}

const visible = ({ status, text }: Answer) => ({ status, text });

describe('the sight of a record', () => {
  it.each(Object.keys(limits))('is the same whatever is hidden from the administrator %s', async (limit) => {
    const token = await logIn(server, nameOf(limit), password);
    const asked = async () => [
      visible(await admin.call('GET', 'users/all/access/patients/p1', undefined, token)),
      visible(await admin.call('GET', 'users/bound/access/patients/p1', undefined, token)),
    ];
    const before = await asked();
    expect(before.map(({ status }) => status)).toEqual([200, 200]);
    const id = `hidden-${nameOf(limit)}`;
    await store({ ...limits[limit]!.hidden, id });
    const type = limits[limit]!.hidden.resourceType;
    const everything = await logIn(server, 'all', password);
    expect((await server.call('GET', `${type}/${id}`, { token: everything })).status).toBe(200);
    expect(await asked()).toEqual(before);
    expect((await server.call('DELETE', `${type}/${id}`, { token: loader })).status).toBe(204);
    expect(await asked()).toEqual(before);
  });

  it('of a patient who is hidden from the administrator is that of nobody', async () => {
    const token = await logIn(server, nameOf('by a label'), password);
    const of = (id: string) => admin.call('GET', `users/all/access/patients/${id}`, undefined, token);
    const [hidden, absent] = [await of('vip'), await of('nix')];
    expect([hidden.status, hidden.text.replaceAll('vip', 'nix')]).toEqual([404, absent.text]);
  });
});
