// https://hl7.org/fhir/R4/resource-operation-meta.html, -meta-add.html, -meta-delete.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aPatient, anObservation } from '../support/resources.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const tag = { system: 'http://example.org/tags', code: 'vip' };
const label = { system: 'http://example.org/labels', code: 'R' };
const profile = 'http://example.org/StructureDefinition/p';

const put = (resource: JsonObject) =>
  server.call('PUT', `${resource['resourceType'] as string}/${resource['id'] as string}`, {
    token: all,
    body: resource,
  });
const parameters = (meta: unknown) => ({ resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: meta }] });
const change = (operation: string, address: string, meta: unknown, token = all) =>
  server.call('POST', `${address}/$${operation}`, { token, body: parameters(meta) });
const metaOf = ({ body }: { body: { parameter: { name: string; valueMeta: Record<string, unknown> }[] } }) => {
  expect(body.parameter).toHaveLength(1);
  expect(body.parameter[0]!.name).toBe('return');
  return body.parameter[0]!.valueMeta;
};

describe('$meta', () => {
  it('gives the meta of one resource, by GET and POST', async () => {
    await put(aPatient({ id: 'm1', meta: { tag: [tag], profile: [profile] } }));
    for (const method of ['GET', 'POST']) {
      const answer = await server.call(method, 'Patient/m1/$meta', { token: all });
      expect(answer.status).toBe(200);
      expect(metaOf(answer)).toMatchObject({ versionId: '1', tag: [tag], profile: [profile] });
    }
    expectOutcome(await server.call('GET', 'Patient/never/$meta', { token: all }), 404);
    expectOutcome(await server.call('GET', 'Patient/$meta', { token: all }), 404, /not offered/);
  });
});

describe('$meta-add', () => {
  it('adds what is not there yet as a new version, and nothing twice', async () => {
    await put(aPatient({ id: 'a1', meta: { tag: [tag] } }));
    const other = { system: 'http://example.org/tags', code: 'new' };
    const added = await change('meta-add', 'Patient/a1', { tag: [tag, other], security: [label], profile: [profile] });
    expect(added.status).toBe(200);
    expect(metaOf(added)).toMatchObject({
      versionId: '2',
      tag: [tag, other],
      security: [label],
      profile: [profile],
    });
    expect(metaOf(await change('meta-add', 'Patient/a1', { tag: [other] }))).toMatchObject({ versionId: '2' });
    const { body } = await server.call('GET', 'Patient/a1', { token: all });
    expect(body).toMatchObject({ name: [{ family: 'Aal' }], meta: { versionId: '2', security: [label] } });
  });

  it.each([[undefined], [{}], [{ versionId: '7' }], ['text'], [{ tag: [] }]])('refuses %j as meta', async (meta) => {
    await put(aPatient({ id: 'wrong' }));
    expectOutcome(await change('meta-add', 'Patient/wrong', meta), 400, /valueMeta/);
    expectOutcome(await change('meta-delete', 'Patient/wrong', meta), 400, /valueMeta/);
  });

  it('stores nothing that is not valid', async () => {
    await put(aPatient({ id: 'invalid' }));
    expectOutcome(await change('meta-add', 'Patient/invalid', { tag: [{ code: 7 }] }), 422, /tag/);
    expectOutcome(await change('meta-add', 'Patient/invalid', { tag: ['text'] }), 422, /tag/);
    expect((await server.call('GET', 'Patient/invalid', { token: all })).body.meta.versionId).toBe('1');
  });

  it('is refused by GET, and gives no content back without r', async () => {
    await put(aPatient({ id: 'blind', meta: { security: [label] } }));
    expectOutcome(await server.call('GET', 'Patient/blind/$meta-add', { token: all }), 405, /POST/);
    const answer = await change('meta-add', 'Patient/blind', { tag: [tag] }, server.token('user/Patient.u'));
    expect(Object.keys(metaOf(answer))).toEqual(['versionId', 'lastUpdated']);
  });
});

describe('$meta-delete', () => {
  it('removes what is named and leaves the rest', async () => {
    const kept = { system: 'http://example.org/tags', code: 'kept' };
    await put(aPatient({ id: 'd1', meta: { tag: [tag, kept], security: [label], profile: [profile] } }));
    const removed = { tag: [{ ...tag, display: 'other words' }], security: [label], profile: [profile] };
    const meta = metaOf(await change('meta-delete', 'Patient/d1', removed));
    expect(meta).toMatchObject({ versionId: '2', tag: [kept] });
    expect(Object.keys(meta)).not.toContain('security');
    expect(Object.keys(meta)).not.toContain('profile');
    expect(metaOf(await change('meta-delete', 'Patient/d1', removed))).toMatchObject({ versionId: '2' });
  });

  it('needs the permission to delete as well, on the row itself', async () => {
    await put(aPatient({ id: 'p1' }));
    await put(anObservation('Patient/p1', { id: 'labelled', meta: { security: [label] } }));
    const only = (scopes: string) => server.token(scopes, { patient: 'p1' });
    const remove = (scopes: string) =>
      change('meta-delete', 'Observation/labelled', { security: [label] }, only(scopes));
    expect(reasonsOf(await remove('user/Observation.ru'))).toEqual(['scope-insufficient']);
    const vitals = 'http://terminology.hl7.org/CodeSystem/observation-category|vital-signs';
    expectOutcome(await remove(`user/Observation.ru user/Observation.d?category=${vitals}`), 404);
    const { body } = await server.call('GET', 'Observation/labelled', { token: all });
    expect(body.meta).toMatchObject({ versionId: '1', security: [label] });
    expect(metaOf(await remove('patient/Observation.rud'))).toMatchObject({ versionId: '2' });
  });
});

describe('labels', () => {
  it('survive an update that omits them', async () => {
    await put(aPatient({ id: 'survive', meta: { tag: [tag], security: [label], profile: [profile] } }));
    const { body } = await put(aPatient({ id: 'survive', active: true }));
    expect(body.meta).toMatchObject({ versionId: '2', tag: [tag], security: [label] });
    expect(body.meta.profile).toBeUndefined();
  });
});
