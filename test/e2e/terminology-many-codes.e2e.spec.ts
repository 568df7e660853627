// Criteria that more codes of a loaded code system satisfy than a list takes (docs/adr/0145)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { type AdminApi, adminApi } from '../support/admin-api.js';
import { rowsOf } from '../support/connection.js';
import { type GivenConcept, releaseOf } from '../support/release-of.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { expectOutcome } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

const system = 'http://many.example/CodeSystem/things';
const other = 'http://many.example/CodeSystem/other';
const vs = (name: string): string => `http://many.example/ValueSet/${name}`;

/** 6,000 things, of which every tenth is a tool; the even ones are green. */
const concepts: readonly GivenConcept[] = [
  { code: 'thing' },
  { code: 'tool', parents: ['thing'] },
  ...Array.from({ length: 6_000 }, (_, i) => ({
    code: `t${i}`,
    parents: [i % 10 === 0 ? 'tool' : 'thing'],
    properties: [{ code: 'colour', valueCode: i % 2 === 0 ? 'green' : 'red' }],
  })),
];

const coded = (id: string, ...codings: readonly JsonObject[]): JsonObject => ({
  ...anObservation(`Patient/${id.startsWith('b') ? 'p2' : 'p1'}`, { code: { coding: [...codings] } }),
  id,
});
const stored: readonly JsonObject[] = [
  coded('a-green', { system, code: 't2' }),
  coded('a-red', { system, code: 't3' }),
  coded('a-tool', { system, code: 't40' }),
  coded('b-green', { system, code: 't5998' }),
  coded('b-two', { system: other, code: 't3' }, { system, code: 't11' }, { system, code: 'none' }),
  coded('b-mixed', { system: other, code: 't2' }, { system, code: 'none' }),
  coded('b-other', { system: other, code: 't2' }),
  coded('b-none', { system, code: 'nothing' }),
  coded('b-bare', { code: 't2' }),
];

let server: TestServer;
let admin: AdminApi;
beforeAll(async () => {
  server = await startServer();
  admin = await adminApi(server);
  const head = { resourceType: 'CodeSystem', url: system, version: '1', name: 'Things', status: 'active' };
  const property = [{ code: 'colour', type: 'code' }];
  await server.app
    .get(TerminologyStore)
    .load(releaseOf({ ...head, content: 'complete', property }, concepts), { by: 'test' });
  const valueSet = (id: string, compose: JsonObject): JsonObject => ({
    resourceType: 'ValueSet',
    id,
    url: vs(id),
    status: 'active',
    compose,
  });
  const isA = (value: string) => ({ system, filter: [{ property: 'concept', op: 'is-a', value }] });
  const resources: readonly JsonObject[] = [
    ...['p1', 'p2'].map((id) => ({ ...aPatient(), id })),
    ...stored,
    valueSet('things', { include: [isA('thing')] }),
    valueSet('no-tools', { include: [isA('thing')], exclude: [isA('tool')] }),
    valueSet('no-t2', { include: [isA('thing')], exclude: [{ system, concept: [{ code: 't2' }] }] }),
    valueSet('whole', { include: [{ system }], exclude: [{ system, concept: [{ code: 't3' }] }] }),
    valueSet('with-other', { include: [isA('thing'), { system: other, concept: [{ code: 't2' }] }] }),
    valueSet('tools', { include: [isA('tool')] }),
  ];
  const body = aBundle('transaction', ...resources.map((resource) => putting(resource)));
  const { status, text } = await server.call('POST', '', { token: admin.token, body });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

const idsOf = (body: { readonly entry?: readonly { readonly resource: { readonly id: string } }[] }) =>
  (body.entry ?? []).map(({ resource }) => resource.id);
const find = async (query: string, token = server.token('user/*.rs')): Promise<readonly string[]> => {
  const answer = await server.call('GET', query, { token });
  expect(answer.status, answer.text).toBe(200);
  return idsOf(answer.body).toSorted();
};
const others = (...ids: readonly string[]): readonly string[] =>
  stored
    .map((resource) => resource['id'] as string)
    .filter((id) => !ids.includes(id))
    .toSorted();

const things = ['a-green', 'a-red', 'a-tool', 'b-green', 'b-two'];

describe('a list of many codes', () => {
  it('finds a resource once that has several of them', async () => {
    const codes = Array.from({ length: 300 }, (_, n) => `m${n}`);
    const coding = [codes[49], codes[299]].map((code) => ({ system: 'urn:many', code }));
    const body = { resourceType: 'Condition', id: 'twice', subject: { display: 'x' }, code: { coding } };
    expect(
      (await server.call('PUT', 'Condition/twice', { token: server.token('user/*.cruds'), body })).status,
    ).toBeLessThan(300);
    const list = codes.map((code) => `urn:many|${code}`).join();
    expect(await find(`Condition?code=${list}`)).toEqual(['twice']);
    expect(await find(`Condition?code:not=${list}`)).toEqual([]);
    const token = server.token('user/*.rs');
    expect((await server.call('GET', `Condition?code=${list}&_summary=count`, { token })).body.total).toBe(1);
  });
});

describe('a criterion of more codes than a list takes', () => {
  it.each([
    [`code:in=${vs('things')}`, things],
    [`code:not-in=${vs('things')}`, others(...things)],
    [`code:below=${system}|thing`, things],
    [`code:in=${vs('no-tools')}`, ['a-green', 'a-red', 'b-green', 'b-two']],
    [`code:in=${vs('no-t2')}`, ['a-red', 'a-tool', 'b-green', 'b-two']],
    [`code:in=${vs('whole')}`, ['a-green', 'a-tool', 'b-green', 'b-two']],
    [`code:in=${vs('tools')}`, ['a-tool']],
    [`code:in=${vs('tools')},${vs('things')}`, things],
    [`code:in=${vs('things')}&code:not-in=${vs('tools')}`, ['a-green', 'a-red', 'b-green', 'b-two']],
    [`code:in=${vs('things')}&patient=p2`, ['b-green', 'b-two']],
    [`code:in=${vs('things')}&patient:Patient.gender:not=unknown`, things],
    [`_filter=code in "${vs('things')}" and patient eq p1`, ['a-green', 'a-red', 'a-tool']],
  ])('%s finds what a list would find', async (query, ids) => {
    expect(await find(`Observation?${query}`)).toEqual(ids);
  });

  it('goes by the system of each code', async () => {
    expect(await find(`Observation?code:in=${vs('with-other')}`)).toEqual([...things, 'b-mixed', 'b-other'].toSorted());
    expect(await find(`Observation?code:in=${vs('things')}`)).toEqual(things);
  });

  it('counts, pages, and stands in chains', async () => {
    const token = server.token('user/*.rs');
    const counted = await server.call('GET', `Observation?code:in=${vs('things')}&_summary=count`, { token });
    expect(counted.body.total).toBe(things.length);
    const page = await server.call('GET', `Observation?code:in=${vs('things')}&_count=2&_sort=_id`, { token });
    expect(idsOf(page.body)).toEqual(['a-green', 'a-red']);
    const next = page.body.link.find(({ relation }: { relation: string }) => relation === 'next').url as string;
    expect(await find(next.slice(next.indexOf('Observation')))).toEqual(['a-tool', 'b-green']);
    expect(await find(`Patient?_has:Observation:patient:code:in=${vs('no-tools')}&_sort=_id`)).toEqual(['p1', 'p2']);
    expect(await find(`Patient?_has:Observation:patient:code:in=${vs('things')}&_id=p2`)).toEqual(['p2']);
  });

  it('decides conditional writes', async () => {
    const token = server.token('user/*.cruds');
    const body = { ...coded('x', { system, code: 't2' }), id: undefined };
    const headers = { 'if-none-exist': `code:in=${vs('things')}&patient=p1` };
    const several = await server.call('POST', 'Observation', { token, body, headers });
    expectOutcome(several, 412, /match|several|more than one/i);
  });
});

describe('a policy by more codes than a list takes', () => {
  const token = () => server.token('user/Observation.cruds', { client_id: 'many-app' });
  const constrainTo = async (constrain: string): Promise<void> => {
    const policy = {
      description: 'Things',
      assignedTo: { clients: ['many-app'] },
      rules: [{ types: ['Observation'], constrain }],
    };
    const { status, text } = await admin.call('PUT', 'policies/many', policy);
    expect(status, text).toBe(200);
  };
  afterAll(() => admin.call('DELETE', 'policies/many'));

  it.each([
    [`code:in=${vs('things')}`, things],
    [`code:not-in=${vs('things')}`, others(...things)],
    [`code:below=${system}|thing&patient=Patient/p1`, ['a-green', 'a-red', 'a-tool']],
  ])('%s limits reading and writing', async (constrain, ids) => {
    await constrainTo(constrain);
    expect(await find('Observation', token())).toEqual(ids);
    for (const resource of stored) {
      const id = resource['id'] as string;
      const read = await server.call('GET', `Observation/${id}`, { token: token() });
      expect(read.status, id).toBe(ids.includes(id) ? 200 : 404);
      const written = await server.call('PUT', `Observation/${id}`, { token: token(), body: resource });
      expect(written.status < 300, `${id} ${written.text}`).toBe(ids.includes(id));
    }
  });

  it('is 503 while its concepts are gone, and then refused with the reason', async () => {
    await constrainTo(`code:not-in=${vs('things')}`);
    await rowsOf(server.database.connection, 'DELETE FROM terminology_concept WHERE concept < 3000');
    const answer = await server.call('GET', 'Observation', { token: token() });
    expectOutcome(answer, 503, /replaced or removed/);
    expect(answer.headers['retry-after']).toBe('5');
    const [loaded] = await server.app.get(TerminologyStore).list();
    await server.app.get(TerminologyStore).remove(loaded!);
    await server.app.get(AccessPolicies).lookAfresh();
    expectOutcome(await server.call('GET', 'Observation', { token: token() }), 403, /cannot list the codes/);
  });
});
