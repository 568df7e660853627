// https://hl7.org/fhir/R4/search.html#summary: SUBSETTED marks a part of a resource, so that it is not stored in place of the whole
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { lines } from '../support/bulk-data.js';
import { lanyard } from '../support/command-line.js';
import { expectOutcome } from '../support/outcome.js';
import { aPatient } from '../support/resources.js';
import { type CallOptions, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const other = { system: 'http://example.org/tags', code: 'vip' };
const cause = /SUBSETTED.*without _elements and _summary.*remove the tag/;

const call = (method: string, path: string, options: Omit<CallOptions, 'token'> = {}) =>
  server.call(method, path, { token: all, ...options });
const put = (body: JsonObject) => call('PUT', `${body['resourceType'] as string}/${body['id'] as string}`, { body });
const bundle = (type: string, ...entry: object[]) =>
  call('POST', '', { body: { resourceType: 'Bundle', type, entry } as unknown as JsonObject });
const asEntry = (resource: JsonObject, method = 'PUT') => ({
  resource,
  request: { method, url: method === 'PUT' ? `Patient/${resource['id'] as string}` : 'Patient' },
});
const adding = (tag: object) => JSON.stringify([{ op: 'add', path: '/meta/tag', value: [tag] }]);
const patching = { 'content-type': 'application/json-patch+json' };
const metaWith = (tag: object) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [tag] } }],
});

const whole = (id: string) => aPatient({ id, birthDate: '1980-01-01', language: 'is' });
/** A resource and what `_elements` shows of it. */
async function partOf(id: string): Promise<JsonObject> {
  expect((await put(whole(id))).status).toBe(201);
  const { body } = await call('GET', `Patient/${id}?_elements=birthDate`);
  expect(body).not.toHaveProperty('name');
  return body as JsonObject;
}
/** As servers stored it that did not look at the tag. */
const markStored = (id: string) =>
  server.app
    .get(DataSource)
    .query(
      `UPDATE resource SET body = replace(body, '"meta":{', '"meta":{"tag":[{"system":"urn:kept","code":"k"},' || $2 || '],') WHERE id = $1`,
      [id, JSON.stringify(subsetted)],
    );

describe('a part of a resource', () => {
  it('is not stored in place of the whole', async () => {
    const part = await partOf('kept');
    for (const answer of [
      await put(part),
      await call('POST', 'Patient', { body: part }),
      await call('PUT', 'Patient?_id=kept', { body: part }),
      await call('PUT', 'Patient?_id=none', { body: { ...part, id: 'new' } }),
      await call('PATCH', 'Patient/kept', { body: adding(subsetted), headers: patching }),
      await call('POST', 'Patient/kept/$meta-add', { body: metaWith(subsetted) }),
      await bundle('transaction', asEntry(whole('beside')), asEntry(part)),
      await bundle('transaction', asEntry(part, 'POST')),
    ]) {
      expectOutcome(answer, 422, cause);
      expect(answer.text).toContain('Patient.meta.tag[0]');
    }
    const batch = await bundle('batch', asEntry(part), asEntry(whole('beside')));
    expect(
      batch.body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3)),
    ).toEqual(['422', '201']);
    expect((await call('GET', 'Patient/kept')).body).toMatchObject({ ...whole('kept'), meta: { versionId: '1' } });
    expect((await call('GET', 'Patient/new')).status).toBe(404);
  });

  it('is named by entry', async () => {
    const part = await partOf('second');
    const { body } = await bundle('transaction', asEntry(whole('first')), asEntry(part));
    expect(body.issue[0].expression).toEqual(['Bundle.entry[1].resource.meta.tag[0]']);
  });

  it('is an error for $validate, too', async () => {
    const part = await partOf('validated');
    for (const path of [
      'Patient/$validate',
      'Patient/validated/$validate?mode=update',
      'Patient/$validate?mode=create',
    ]) {
      const { status, text, body } = await call('POST', path, { body: part });
      expect([status, body.issue[0].severity, body.issue[0].details.coding[0].code], text).toEqual([
        200,
        'error',
        'subsetted',
      ]);
      expect(text).toMatch(cause);
    }
    expect((await call('GET', 'Patient/validated/$validate')).text).not.toContain('SUBSETTED');
    await markStored('validated');
    expect((await call('GET', 'Patient/validated/$validate')).text).toMatch(cause);
  });

  it('may have a tag of another system, and the resource may hold parts of others', async () => {
    const part = await partOf('held');
    const tag = [{ system: 'urn:own', code: 'SUBSETTED' }];
    expect((await put(aPatient({ id: 'own-tag', meta: { tag } }))).status).toBe(201);
    const held = { resourceType: 'Bundle', id: 'holder', type: 'collection', entry: [{ resource: part }] };
    expect((await put(held as JsonObject)).status).toBe(201);
  });

  it.each(['strict', 'none'])('is a failure of a line for lanyard import --validate %s', async (level) => {
    const folder = await mkdtemp(join(tmpdir(), 'parts-'));
    const [file, errors] = [join(folder, 'parts.ndjson'), join(folder, 'errors.ndjson')];
    const ids = [`line-1-${level}`, `line-2-${level}`];
    await writeFile(file, lines(whole(ids[0]!), { ...whole(ids[1]!), meta: { tag: [subsetted] } }));
    const { url } = server.database;
    const done = await lanyard({ DATABASE_URL: url }, ['import', file, '--validate', level, '--errors', errors]);
    expect(done.exitCode).toBe(1);
    expect(await readFile(errors, 'utf8')).toMatch(cause);
    expect((await call('GET', `Patient/${ids[0]!}`)).status).toBe(200);
    expect((await call('GET', `Patient/${ids[1]!}`)).status).toBe(404);
    await rm(folder, { recursive: true });
  });
});

describe('a part that was stored before', () => {
  it('loses the tag by an update with the whole, and keeps other tags', async () => {
    await partOf('old');
    await markStored('old');
    expect((await call('GET', 'Patient/old')).body.meta.tag).toContainEqual(subsetted);
    expectOutcome(await put((await call('GET', 'Patient/old')).body), 422, cause);
    const { status, body } = await put(whole('old'));
    expect([status, body.meta]).toEqual([
      200,
      { versionId: '2', lastUpdated: expect.any(String), tag: [{ system: 'urn:kept', code: 'k' }] },
    ]);
    expect((await put({ ...whole('old'), active: true })).status).toBe(200);
  });

  it('keeps it through patches and other tags, as it stays a part, until $meta-delete', async () => {
    await partOf('older');
    await markStored('older');
    const operations = JSON.stringify([{ op: 'add', path: '/active', value: true }]);
    expect((await call('PATCH', 'Patient/older', { body: operations, headers: patching })).status).toBe(200);
    expect((await call('POST', 'Patient/older/$meta-add', { body: metaWith(other) })).status).toBe(200);
    expect((await call('GET', 'Patient/older')).body.meta.tag).toContainEqual(subsetted);
    expect((await call('POST', 'Patient/older/$meta-delete', { body: metaWith(subsetted) })).status).toBe(200);
    expect((await call('GET', 'Patient/older')).body.meta.tag).not.toContainEqual(subsetted);
  });
});
