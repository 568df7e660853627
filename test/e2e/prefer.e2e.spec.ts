// https://hl7.org/fhir/R4/http.html#ops (Prefer), #concurrency
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aPatient } from '../support/resources.js';
import { expectOutcome } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const narrative = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Aal</div>' };
const put = (resource: JsonObject, headers: Readonly<Record<string, string>> = {}) =>
  server.call('PUT', `Patient/${resource['id'] as string}`, { token: all, body: resource, headers });
const post = (resource: JsonObject, headers: Readonly<Record<string, string>> = {}) =>
  server.call('POST', 'Patient', { token: all, body: resource, headers });
const wants = (what: string) => ({ prefer: `return=${what}` });

describe('Prefer: return', () => {
  it('minimal gives no body, but ETag, Last-Modified and Location', async () => {
    const { status, text, headers } = await post(aPatient(), wants('minimal'));
    expect([status, text, headers['etag']]).toEqual([201, '', 'W/"1"']);
    expect(headers['location']).toMatch(/\/Patient\/[0-9a-f-]{36}\/_history\/1$/);
    expect(headers['last-modified']).toMatch(/GMT$/);
  });

  it('representation, and none at all, give the resource', async () => {
    for (const headers of [wants('representation'), {}]) {
      expect((await post(aPatient(), headers)).body).toMatchObject({
        resourceType: 'Patient',
        meta: { versionId: '1' },
      });
    }
  });

  it('OperationOutcome gives the warnings of validation, or that it is done', async () => {
    const warned = await post(aPatient(), wants('OperationOutcome'));
    expect(warned.status).toBe(201);
    expect(warned.headers['location']).toBeDefined();
    expect(warned.body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'warning' }] });
    expect(JSON.stringify(warned.body)).toContain('dom-6');
    const done = await put(aPatient({ id: 'done', text: narrative }), wants('OperationOutcome'));
    expect(done.body.issue).toEqual([
      { severity: 'information', code: 'informational', diagnostics: 'Patient/done is created as version 1.' },
    ]);
  });

  it('OperationOutcome goes into the entries of bundles, in XML too', async () => {
    const entry = (id: string) => ({
      resource: aPatient({ id, text: narrative }),
      request: { method: 'PUT', url: `Patient/${id}` },
    });
    for (const type of ['batch', 'transaction']) {
      const body = { resourceType: 'Bundle', type, entry: [entry(`${type}-1`)] };
      const headers = wants('OperationOutcome');
      const answer = await server.call('POST', '', { token: all, body, headers });
      expect(answer.body.entry[0].response.outcome.issue[0].diagnostics).toContain('is created as version 1');
      const again = await server.call('POST', '', { token: all, body });
      expect(again.body.entry[0].response.outcome.issue[0].diagnostics).toContain('version 1');
      const xml = await server.call('POST', '?_format=xml', { token: all, body, headers });
      expect(xml.text).toContain('<outcome><OperationOutcome');
    }
  });

  it('representation in a transaction gives back what may be read, with one more statement at most', async () => {
    const token = server.token('user/Patient.cu user/Patient.r?_id=shown');
    const entries = ['shown', 'hidden'].map((id) => ({
      resource: aPatient({ id }),
      request: { method: 'PUT', url: `Patient/${id}` },
    }));
    const body = { resourceType: 'Bundle', type: 'transaction', entry: entries };
    const answer = await server.call('POST', '', { token, body, headers: wants('representation') });
    expect(answer.body.entry.map(({ resource }: { resource?: { id: string } }) => resource?.id)).toEqual([
      'shown',
      undefined,
    ]);
  });
});

describe('an update that changes nothing', () => {
  it('answers with the version there is, and says so to who asks', async () => {
    const patient = aPatient({ id: 'same', text: narrative });
    const first = await put(patient);
    const again = await put(patient);
    expect([again.status, again.headers['etag'], again.headers['location']]).toEqual([200, 'W/"1"', undefined]);
    expect(again.text).toBe(first.text);
    const read = await server.call('GET', 'Patient/same', { token: all });
    const told = await put(read.body, wants('OperationOutcome'));
    expect(told.body.issue).toMatchObject([{ severity: 'information', diagnostics: expect.stringContaining('stays') }]);
    const { body } = await server.call('GET', 'Patient/same/_history', { token: all });
    expect(body.entry).toHaveLength(1);
  });

  it('is one whose tags are there already, in whatever order', async () => {
    const tagged = (...codes: string[]) => aPatient({ id: 'tagged', meta: { tag: codes.map((code) => ({ code })) } });
    await put(tagged('a', 'b'));
    for (const codes of [['a'], ['b'], ['b', 'a']]) {
      expect([codes, (await put(tagged(...codes))).headers['etag']]).toEqual([codes, 'W/"1"']);
    }
    expect((await put(tagged('c', 'b'))).body.meta).toMatchObject({
      versionId: '2',
      tag: [{ code: 'a' }, { code: 'b' }, { code: 'c' }],
    });
  });
});

describe('If-None-Match on a PUT', () => {
  it('* creates only what is not there', async () => {
    const headers = { 'if-none-match': '*' };
    expect((await put(aPatient({ id: 'once' }), headers)).status).toBe(201);
    expectOutcome(await put(aPatient({ id: 'once', active: true }), headers), 412, /current version is 1/);
    await server.call('DELETE', 'Patient/once', { token: all });
    expect((await put(aPatient({ id: 'once' }), headers)).status).toBe(201);
  });

  it('refuses to replace a version that it names', async () => {
    await put(aPatient({ id: 'tags' }));
    const headers = { 'if-none-match': 'W/"7", W/"1"' };
    expectOutcome(await put(aPatient({ id: 'tags', active: true }), headers), 412);
    expect((await put(aPatient({ id: 'tags', active: true }), { 'if-none-match': 'W/"7"' })).status).toBe(200);
  });

  it('works in a bundle', async () => {
    const entry = {
      resource: aPatient({ id: 'tags', active: false }),
      request: { method: 'PUT', url: 'Patient/tags', ifNoneMatch: '*' },
    };
    const body = { resourceType: 'Bundle', type: 'transaction', entry: [entry] };
    expectOutcome(await server.call('POST', '', { token: all, body }), 412);
  });
});
