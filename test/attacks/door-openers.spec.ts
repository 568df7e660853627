import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { AccessRules } from '../../src/scope/access-rules.js';
import { readStoredPolicy } from '../../src/scope/policies/read-stored-policy.js';
import type { StoredPolicy } from '../../src/scope/policies/stored-policy.js';
import { aConsent, anActor, ofClass } from '../support/consents.js';
import { aBundle, anObservation, aPatient, type Entry, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';
import { runSql } from '../leaks/world.js';

/** Writes that would let a caller see more than policies and Consents leave of what the scopes grant (ADR 42). */
let server: TestServer;
let loader: string;
let nurse: string;

const of = (reference: string): JsonObject => ({ reference });
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const tagged = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] };
const aTeam = (subject: string, ...members: readonly string[]): JsonObject => ({
  resourceType: 'CareTeam',
  status: 'active',
  subject: of(subject),
  ...(members.length > 0 && { participant: members.map((member) => ({ member: of(member) })) }),
});

beforeAll(async () => {
  server = await startServer();
  loader = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  nurse = server.token('user/*.cruds', {
    sub: 'nurse',
    client_id: 'ward',
    fhirUser: `${base}/Practitioner/nurse`,
    groups: ['clinicians'],
  });
  await store(
    ...['p1', 'p2'].map((id) => ({ ...aPatient(), id })),
    { ...anObservation('Patient/p1'), id: 'of-p1' },
    { ...anObservation('Patient/p2'), id: 'of-p2' },
    { ...aTeam('Patient/p1', 'Practitioner/nurse'), id: 'team' },
  );
});
afterAll(() => server.close());

async function store(...resources: readonly JsonObject[]): Promise<void> {
  const body = aBundle('transaction', ...resources.map(putting));
  const { status, text } = await server.call('POST', '', { token: loader, body });
  expect(status, text).toBe(200);
}

async function putPolicy(policy: StoredPolicy): Promise<void> {
  await server.app.get(AccessPolicies).put(readStoredPolicy(policy, server.app.get(AccessRules).expressions), 'test');
}

const statusOf = async (token: string, path: string): Promise<number> =>
  (await server.call('GET', path, { token })).status;

/** Every way to write a resource of the type, of which `there` is stored. */
function waysToWrite(
  token: string,
  there: string,
  content: JsonObject,
): readonly (readonly [string, Promise<Answer>])[] {
  const [type = ''] = there.split('/');
  const put = { ...content, id: there.slice(type.length + 1) };
  const call = (method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}) =>
    server.call(method, path, { token, headers, ...(body && { body }) });
  const entry = (method: string, url: string, resource?: object): Entry => ({
    request: { method, url },
    ...(resource && { resource }),
  });
  const patch = [{ op: 'add', path: '/language', value: 'en' }];
  return [
    ['PUT', call('PUT', there, put)],
    ['PATCH', call('PATCH', there, patch, jsonPatch)],
    ['DELETE', call('DELETE', there)],
    ['conditional PUT', call('PUT', `${type}?_id=${put.id}`, put)],
    ['conditional PATCH', call('PATCH', `${type}?_id=${put.id}`, patch, jsonPatch)],
    ['conditional DELETE', call('DELETE', `${type}?_id=${put.id}`)],
    ['$meta-add', call('POST', `${there}/$meta-add`, tagged)],
    ['$meta-delete', call('POST', `${there}/$meta-delete`, tagged)],
    ['PUT in a transaction', call('POST', '', aBundle('transaction', entry('PUT', there, put)))],
    ['DELETE in a transaction', call('POST', '', aBundle('transaction', entry('DELETE', there)))],
  ];
}

const waysToCreate = (token: string, content: JsonObject): readonly (readonly [string, Promise<Answer>])[] => {
  const type = content['resourceType'] as string;
  const entry: Entry = { request: { method: 'POST', url: type }, resource: content };
  const headers = { 'if-none-exist': '_id=nobody' };
  return [
    ['POST', server.call('POST', type, { token, body: content })],
    ['conditional POST', server.call('POST', type, { token, body: content, headers })],
    ['POST in a transaction', server.call('POST', '', { token, body: aBundle('transaction', entry) })],
  ];
};

async function expectRefused(
  ways: readonly (readonly [string, Promise<Answer>])[],
  status: number,
  ...words: readonly string[]
): Promise<void> {
  for (const [name, asked] of ways) {
    const answer = await asked;
    expect([name, answer.status], answer.text).toEqual([name, status]);
    for (const word of words) expect(answer.text, name).toContain(word);
  }
}

describe('under the policy of docs/policies/care-team.yaml', () => {
  const read = async (): Promise<StoredPolicy> => {
    const file = parse(await readFile('docs/policies/care-team.yaml', 'utf8')) as { policies: readonly StoredPolicy[] };
    return file.policies[0]!;
  };
  afterEach(() => server.app.get(AccessPolicies).remove('policy', 'care-team', 'test'));

  it('a nurse makes herself no member of a team, whether the policy says so or not', async () => {
    const policy = await read();
    await putPolicy(policy);
    const joining = aTeam('Patient/p2', 'Practitioner/nurse');
    await expectRefused(waysToCreate(nurse, joining), 403, 'policy-refused', 'policy-relevant', 'care-team');
    await putPolicy({ ...policy, rules: policy.rules.filter(({ deny }) => deny === undefined) });
    const words = ['policy-relevant', 'The policy care-team limits what you reach of', 'admin/Policy.u'];
    await expectRefused(waysToCreate(nurse, joining), 403, ...words);
    await expectRefused(waysToWrite(nurse, 'CareTeam/team', joining), 403, ...words);
    expect(await statusOf(nurse, 'Patient/p2')).toBe(404);
    expect(await statusOf(nurse, 'Patient/p1')).toBe(200);
    expect(await statusOf(nurse, 'CareTeam/team')).toBe(200);
  });

  it('others, whom it does not limit, coordinate teams', async () => {
    await putPolicy(await read());
    const coordinator = server.token('user/*.cruds', { sub: 'coordinator', fhirUser: `${base}/Practitioner/co` });
    for (const token of [loader, coordinator])
      expect((await server.call('POST', 'CareTeam', { token, body: aTeam('Patient/p1') })).status).toBe(201);
  });

  it('is told before anybody tries', async () => {
    const policy = await read();
    await putPolicy({ ...policy, rules: policy.rules.filter(({ deny }) => deny === undefined) });
    const mine = await server.call('GET', '$my-access', { token: nurse, headers: { accept: 'text/plain' } });
    expect(mine.text).toMatch(/care-team \(deny\): it limits .* by what CareTeam says; on CareTeam cud/);
    const explained = await server.call('POST', '$explain-access', {
      token: nurse,
      body: 'request=POST%20CareTeam',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/plain' },
    });
    expect(explained.text).toContain('policy-relevant');
  });
});

describe('under a policy by a value set', () => {
  const url = 'http://t.example/ValueSet/harmless';
  const aValueSet = (...codes: readonly string[]): JsonObject => ({
    resourceType: 'ValueSet',
    id: 'harmless',
    url,
    status: 'active',
    compose: { include: [{ system: 'http://t.example/codes', concept: codes.map((code) => ({ code })) }] },
  });

  it('nobody whom it limits edits the value set, or a code system that it may be made of', async () => {
    await store(aValueSet('weight'));
    await putPolicy({
      name: 'harmless-only',
      description: 'Harmless results only.',
      assignedTo: { users: ['nurse'] },
      rules: [{ types: ['Observation'], constrain: `code:in=${url}` }],
    });
    const words = ['policy-relevant', 'harmless-only', 'by what ValueSet says'];
    await expectRefused(waysToWrite(nurse, 'ValueSet/harmless', aValueSet('weight', '8867-4')), 403, ...words);
    await expectRefused(waysToCreate(nurse, { ...aValueSet('8867-4'), id: undefined }), 403, ...words);
    const system = { resourceType: 'CodeSystem', status: 'active', content: 'complete', url: 'http://t.example/codes' };
    await expectRefused(waysToCreate(nurse, system), 403, 'policy-relevant', 'by what CodeSystem says');
    expect(await statusOf(nurse, 'Observation/of-p1')).toBe(404);
    await server.app.get(AccessPolicies).remove('policy', 'harmless-only', 'test');
  });
});

describe('an app of a patient', () => {
  const fhirUser = `${base}/Patient/p1`;
  const own = () => server.token('patient/*.cruds', { patient: 'p1', sub: 'p1', client_id: 'phone', fhirUser });
  const doors: readonly JsonObject[] = [
    aTeam('Patient/p1', 'Practitioner/nurse'),
    aConsent('Patient/p1'),
    { resourceType: 'RelatedPerson', patient: of('Patient/p1') },
    { resourceType: 'Person', link: [{ target: of('Patient/p1') }] },
  ];

  it.each(doors.map((door) => [door['resourceType'] as string, door] as const))(
    'lets nobody in by a %s, and says what the operator can set',
    async (type, door) => {
      await expectRefused(waysToCreate(own(), door), 403, 'policy-relevant', `PATIENT_WRITES=${type}`);
      await store({ ...door, id: 'door' });
      await expectRefused(waysToWrite(own(), `${type}/door`, door), 403, 'policy-relevant');
      expect(await statusOf(own(), `${type}/door`)).toBe(200);
      expect((await server.call('DELETE', `${type}/door`, { token: loader })).status).toBe(204);
    },
  );

  it('does not put p2 on a list that a policy goes by', async () => {
    const list = (item: string): JsonObject => ({
      resourceType: 'List',
      status: 'current',
      mode: 'working',
      title: 'study',
      subject: of('Patient/p1'),
      entry: [{ item: of(item) }],
    });
    expect((await server.call('POST', 'List', { token: own(), body: list('Patient/p1') })).status).toBe(201);
    await putPolicy({
      name: 'study',
      description: 'Patients of the study.',
      assignedTo: { groups: ['clinicians'] },
      rules: [{ types: ['Patient'], constrain: '_has:List:item:title=study' }],
    });
    await expectRefused(waysToCreate(own(), list('Patient/p2')), 403, 'policy-relevant', 'PATIENT_WRITES=List');
    expect(await statusOf(nurse, 'Patient/p2')).toBe(404);
    await server.app.get(AccessPolicies).remove('policy', 'study', 'test');
    expect((await server.call('POST', 'List', { token: own(), body: list('Patient/p1') })).status).toBe(201);
  });

  it('writes what the operator lets it, in its own record', async () => {
    const shared = { ...server.database, drop: async () => undefined };
    const other = await startServer({ PATIENT_WRITES: 'CareTeam, Consent, RelatedPerson' }, [], shared);
    try {
      const token = other.token('patient/*.cruds', { patient: 'p1', fhirUser: `${base}/Patient/p1` });
      const post = async (body: JsonObject) =>
        (await other.call('POST', body['resourceType'] as string, { token, body })).status;
      expect(await post(aTeam('Patient/p1', 'Practitioner/nurse'))).toBe(201);
      expect(await post(aTeam('Patient/p2', 'Practitioner/nurse', 'Patient/p1'))).toBe(403);
      expect(await post({ resourceType: 'Person', link: [{ target: of('Patient/p1') }] })).toBe(403);
      const another = { resourceType: 'RelatedPerson', patient: of('Patient/p1') };
      expect(await post(another)).toBe(201);
      await store({ ...another, id: 'mother' });
      const mother = other.token('user/*.cruds', { fhirUser: `${base}/RelatedPerson/mother` });
      expect((await other.call('POST', 'RelatedPerson', { token: mother, body: another })).status).toBe(403);
      const made = await other.call('POST', 'Consent', { token, body: aConsent('Patient/p1') });
      expect(made.status, made.text).toBe(201);
      expect((await other.call('DELETE', `Consent/${made.body.id}`, { token })).status).toBe(204);
    } finally {
      await other.close();
    }
  });
});

describe('a Consent', () => {
  const deny = (provision: JsonObject = {}, id = 'limits'): JsonObject => ({
    ...aConsent('Patient/p1', { class: [ofClass('Observation')], ...provision }),
    id,
  });
  const lifted = (consent: JsonObject): JsonObject => ({ ...consent, status: 'inactive' });
  afterEach(async () => {
    const tables = ['resource', 'resource_history'];
    const forget = tables.map((table) => `DELETE FROM ${table} WHERE type IN ('Consent', 'PractitionerRole');`);
    await runSql(server, `DELETE FROM consent_rule; ${forget.join(' ')}`);
  });

  it('is not changed or deleted by a user whom it limits, and the answer says who can', async () => {
    await store(deny());
    expect([await statusOf(nurse, 'Consent/limits'), await statusOf(nurse, 'Observation/of-p1')]).toEqual([200, 404]);
    const words = ['Consents that do not limit the caller', 'admin/Policy.u'];
    await expectRefused(waysToWrite(nurse, 'Consent/limits', lifted(deny())), 404, ...words);
    expect(await statusOf(nurse, 'Observation/of-p1')).toBe(404);
  });

  it('is not changed under a broken glass either', async () => {
    await store(deny());
    const token = server.token('user/*.cruds', { sub: 'er', fhirUser: `${base}/Practitioner/er`, break_glass: true });
    const headers = { 'x-purpose-of-use': 'BTG; reason="emergency"' };
    expect((await server.call('GET', 'Observation/of-p1', { token, headers })).status).toBe(200);
    expect((await server.call('DELETE', 'Consent/limits', { token, headers })).status).toBe(404);
  });

  // Within a Consent about Observations: what is about everything withholds the Consent itself, whoever may change it.
  const except = (actor: string, more: JsonObject = {}): JsonObject => ({
    provision: [{ type: 'permit', actor: [anActor(actor)], ...more }],
  });
  const aCode: JsonObject = { coding: [{ system: 'http://loinc.org', code: '718-7' }] };
  it.each<[string, JsonObject, number]>([
    ['that names somebody else', { actor: [anActor('Practitioner/other')] }, 200],
    ['that names the user', { actor: [anActor('Practitioner/nurse')] }, 404],
    ['that names a team of the user', { actor: [anActor('CareTeam/team')] }, 404],
    ['that excepts the user', except('Practitioner/nurse'), 200],
    ['that excepts the user for some data', except('Practitioner/nurse', { code: [aCode] }), 404],
    ['that excepts the user for a time', except('Practitioner/nurse', { period: { end: '2099' } }), 404],
    ['that excepts somebody else', except('Practitioner/other'), 404],
    ['that is over', { period: { end: '2020' } }, 200],
    ['that is to come', { period: { start: '2099' } }, 404],
    [
      'for another purpose',
      { purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HRESCH' }] },
      404,
    ],
  ])('%s is changed accordingly', async (_name, provision, status) => {
    const consent = deny(provision);
    await store(consent);
    const answer = await server.call('PUT', 'Consent/limits', { token: nurse, body: lifted(consent) });
    expect(answer.status, answer.text).toBe(status);
  });

  it('is changed by machines, by whom Consents do not limit, and made by anybody', async () => {
    const exempt = server.token('user/*.cruds', { sub: 'archive', consent_exempt: true });
    for (const token of [loader, exempt]) {
      await store(deny());
      expect((await server.call('DELETE', 'Consent/limits', { token })).status).toBe(204);
    }
    const { id: _, ...made } = deny();
    expect((await server.call('POST', 'Consent', { token: nurse, body: made })).status).toBe(201);
  });

  const aRole: JsonObject = {
    resourceType: 'PractitionerRole',
    practitioner: of('Practitioner/nurse'),
    organization: of('Organization/o1'),
  };

  it.each<[string, JsonObject, JsonObject]>([
    ['an organization', anActor('Organization/o1'), aRole],
    ['a role', anActor('PractitionerRole/r1'), aRole],
    ['a care team', anActor('CareTeam/of-p2'), aTeam('Patient/p2', 'Practitioner/nurse')],
  ])('that goes by %s is got round by nobody whom Consents limit', async (_name, actor, content) => {
    const type = content['resourceType'] as string;
    const asked = () => server.call('POST', type, { token: nurse, body: content });
    await store(deny());
    expect((await asked()).status).toBe(201);
    await store(deny({ class: undefined, provision: [{ type: 'permit', actor: [actor] }] }));
    const words = ['policy-relevant', `by what a ${type} says`, '--consent-exempt'];
    await expectRefused(waysToCreate(nurse, content), 403, ...words);
    await store({ ...content, id: 'there' });
    await expectRefused(waysToWrite(nurse, `${type}/there`, content), 403, ...words);
    expect((await server.call('DELETE', `${type}/there`, { token: loader })).status).toBe(204);
  });
});
