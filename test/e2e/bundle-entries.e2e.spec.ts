// https://hl7.org/fhir/R4/http.html#transaction: what an entry of a batch or transaction may ask for
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome } from '../support/outcome.js';
import { aPatient, anObservation, putting } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

type Response = Readonly<Record<string, unknown>> & { readonly status: string; readonly location: string };
interface Answered {
  readonly resource?: JsonObject & { readonly entry: readonly object[] };
  readonly response: Response;
}

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const send = (type: string, ...entry: readonly object[]) =>
  server.call('POST', '', { token: all, body: { resourceType: 'Bundle', type, entry } });
const entriesOf = async (type: string, ...entry: readonly object[]): Promise<readonly Answered[]> => {
  const { status, body } = await send(type, ...entry);
  expect(status).toBe(200);
  return body.entry;
};
const line = (method: string, url: string, more: object = {}) => ({ request: { method, url, ...more } });
const read = (address: string) => server.call('GET', address, { token: all });
const post = (resource: JsonObject, more: object = {}) => ({
  resource,
  request: { method: 'POST', url: resource['resourceType'] },
  ...more,
});
const statusesOf = (entries: readonly Answered[]) => entries.map(({ response }) => response.status.slice(0, 3));

describe.each(['batch', 'transaction'])('reading entries of a %s', (type) => {
  const id = `r-${type}`;

  beforeAll(async () => {
    await send('transaction', putting(aPatient({ id, active: false })));
    await send('transaction', putting(aPatient({ id, active: true })));
  });

  it('say what is not offered, and what to send instead', async () => {
    const messageOf = async (entry: object): Promise<readonly [number, string]> => {
      const answer = await send(type, entry);
      const [failed] = (answer.body.entry ?? []) as { response: Response & { outcome: JsonObject } }[];
      const status = failed ? Number(failed.response.status.slice(0, 3)) : answer.status;
      return [status, JSON.stringify(failed?.response.outcome ?? answer.body)];
    };
    const [known, explained] = [
      await messageOf(line('GET', 'metadata')),
      await messageOf(line('POST', '$explain-access')),
    ];
    for (const [status, text] of [known, explained]) {
      expect([status, text]).toEqual([501, expect.stringContaining('send it by itself')]);
    }
    expect(await messageOf(line('HEAD', 'metadata'))).toEqual([
      501,
      expect.stringMatching(/by itself\. Entries read, /),
    ]);
    const form = { ...line('POST', 'Patient/_search'), resource: { resourceType: 'Parameters' } };
    expect(await messageOf(form)).toEqual([
      400,
      expect.stringMatching(/criteria in request\.url.*Patient\?parameter=value/),
    ]);
    const carrying = { ...line('GET', `Patient/${id}`), resource: aPatient() };
    expect(await messageOf(carrying)).toEqual([400, expect.stringContaining('A read carries no resource')]);
    const [found] = await entriesOf(type, line('POST', `Patient/_search?_id=${id}`));
    expect(found!.response.status).toMatch(/^200/);
  });

  it('read, vread, search and the three histories', async () => {
    const urls = [`Patient/${id}`, `Patient/${id}/_history/1`, `Patient?_id=${id}`, `Patient/${id}/_history`];
    const system = ['Patient/_history?_count=1', '_history?_count=1'];
    const entries = await entriesOf(type, ...[...urls, ...system].map((url) => line('GET', url)));
    expect(statusesOf(entries)).toEqual(['200', '200', '200', '200', '200', '200']);
    expect(entries[0]!.resource).toMatchObject({ id, active: true });
    expect(entries[1]!.resource).toMatchObject({ id, active: false });
    expect(entries[2]!.resource).toMatchObject({ type: 'searchset', entry: [{ resource: { id } }] });
    expect(entries[3]!.resource!.entry).toHaveLength(2);
    expect(entries[4]!.resource).toMatchObject({ type: 'history' });
    expect(entries[5]!.resource!.entry).toHaveLength(1);
  });

  it('HEAD, which answers like GET without the resource', async () => {
    const urls = [`Patient/${id}`, `Patient/${id}/_history/1`, `Patient?_id=${id}`, `Patient/${id}/_history`];
    const heads = await entriesOf(type, ...urls.map((url) => line('HEAD', url)));
    const gets = await entriesOf(type, ...urls.map((url) => line('GET', url)));
    expect(heads.map(({ resource }) => resource)).toEqual(urls.map(() => undefined));
    expect(heads.map(({ response }) => response)).toEqual(gets.map(({ response }) => response));
  });

  it('ifNoneMatch and ifModifiedSince, answered by 304', async () => {
    const { body } = await read(`Patient/${id}`);
    const { lastUpdated } = body.meta;
    const asked = (condition: object) => line('GET', `Patient/${id}`, condition);
    const entries = await entriesOf(
      type,
      asked({ ifNoneMatch: 'W/"2"' }),
      asked({ ifNoneMatch: 'W/"1"' }),
      asked({ ifModifiedSince: lastUpdated }),
      asked({ ifModifiedSince: new Date(Date.parse(lastUpdated) - 1).toISOString() }),
      asked({ ifNoneMatch: 'W/"1"', ifModifiedSince: lastUpdated }),
    );
    expect(statusesOf(entries)).toEqual(['304', '200', '304', '200', '200']);
    expect(entries[0]).toEqual({
      response: { status: '304 Not Modified', etag: 'W/"2"', lastModified: lastUpdated },
    });
  });

  it('_elements and _summary', async () => {
    const [entry] = await entriesOf(type, line('GET', `Patient/${id}?_elements=active`));
    expect(entry!.resource).toMatchObject({ id, active: true, meta: { tag: [{ code: 'SUBSETTED' }] } });
    expect(entry!.resource!['name']).toBeUndefined();
  });
});

describe('conditions of an entry', () => {
  it.each([
    ['GET', 'Patient/x', { ifMatch: 'W/"1"' }, /ifMatch/],
    ['DELETE', 'Patient/x', { ifNoneMatch: '*' }, /ifNoneMatch/],
    ['DELETE', 'Patient/x', { ifModifiedSince: '2024-05-01T10:00:00Z' }, /ifModifiedSince/],
    ['GET', 'Patient/x', { ifModifiedSince: '2024-05' }, /instant/],
    ['GET', 'Patient/x', { ifModifiedSince: 'Wed, 01 May 2024 10:00:00 GMT' }, /instant/],
    ['GET', 'Patient/x', { ifNoneMatch: 7 }, /string/],
    ['GET', 'Patient?_id=x', { ifNoneMatch: '*' }, /ifNoneMatch/],
  ])('%s %s with %j is refused', async (method, url, condition, text) => {
    expectOutcome(await send('transaction', line(method, url, condition)), 400, text);
  });
});

describe('a transaction', () => {
  it('deletes before it creates, creates before it updates, and reads last, whatever the order of entries', async () => {
    await send('transaction', putting(aPatient({ id: 'old' })), putting(aPatient({ id: 'kept' })));
    const entries = await entriesOf(
      'transaction',
      line('GET', 'Patient/kept'),
      line('GET', 'Patient/old/_history?_count=1'),
      putting(aPatient({ id: 'kept', active: true })),
      post(aPatient({ active: false })),
      line('DELETE', 'Patient/old'),
    );
    expect(statusesOf(entries)).toEqual(['200', '200', '200', '201', '204']);
    expect(entries[0]!.resource).toMatchObject({ active: true });
    expect(entries[1]!.resource!.entry[0]).toMatchObject({ request: { method: 'DELETE' } });
  });

  it('names two entries that change one resource', async () => {
    await send('transaction', putting(aPatient({ id: 'one' })));
    const binary = {
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: Buffer.from('[]').toString('base64'),
    };
    for (const other of [
      putting(aPatient({ id: 'one', active: true })),
      line('DELETE', 'Patient/one'),
      { resource: binary, request: { method: 'PATCH', url: 'Patient/one' } },
    ]) {
      const answer = await send('transaction', putting(aPatient({ id: 'one', active: false })), other);
      expectOutcome(answer, 400, /Patient\/one is changed twice/);
      const places = answer.body.issue.map(({ expression }: { expression: string[] }) => expression[0]);
      expect(places.toSorted()).toEqual(['Bundle.entry[0]', 'Bundle.entry[1]']);
    }
  });

  it('names every entry whose content is not valid', async () => {
    const answer = await send(
      'transaction',
      post({ resourceType: 'Observation', status: 'final' }),
      post(aPatient()),
      putting(aPatient({ id: 'wrong', birthDate: '1980-02-31' })),
    );
    expectOutcome(answer, 422, /birthDate/);
    const errors = answer.body.issue.filter(({ severity }: { severity: string }) => severity === 'error');
    const places = errors.map(({ expression }: { expression: string[] }) => expression[0]);
    expect(places).toEqual(['Bundle.entry[0].resource.code', 'Bundle.entry[2].resource.birthDate']);
  });

  it('refuses a bundle inside, and a fullUrl that names a version', async () => {
    const inner = { resourceType: 'Bundle', type: 'batch', entry: [line('GET', 'Patient/kept')] };
    expectOutcome(await send('transaction', { resource: inner, request: { method: 'POST', url: '' } }), 400, /nested/);
    expectOutcome(await send('transaction', { resource: inner, request: { method: 'POST', url: '/' } }), 400, /nested/);
    const versioned = post(aPatient(), { fullUrl: `${base}/Patient/x/_history/1` });
    const answer = await send('transaction', versioned);
    expectOutcome(answer, 400, /names a version/);
    expect(answer.body.issue[0].expression).toEqual(['Bundle.entry[0].fullUrl']);
  });

  it('resolves relative references against the fullUrl of their entry', async () => {
    const foreign = 'http://elsewhere.example/fhir';
    const [patient, , observation] = await entriesOf(
      'transaction',
      post(aPatient(), { fullUrl: `${foreign}/Patient/9` }),
      post(aPatient(), { fullUrl: 'http://other.example/fhir/Patient/9' }),
      post(anObservation('Patient/9'), { fullUrl: `${foreign}/Observation/1` }),
    );
    const addressOf = (one: Answered) => one.response.location.split('/_history')[0]!;
    expect((await read(addressOf(observation!))).body.subject.reference).toBe(addressOf(patient!));
  });

  it('stores a Bundle as a resource whole', async () => {
    const document: JsonObject = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: 'urn:uuid:0b3a1f0e-7f54-4a9e-8e8b-0e6d6c3f1a11', resource: aPatient({ id: 'inner' }) }],
    };
    const { status, body } = await server.call('POST', 'Bundle', { token: all, body: document });
    expect(status).toBe(201);
    expect((await read(`Bundle/${body.id}`)).body.entry).toEqual(document['entry']);
    expectOutcome(await read('Patient/inner'), 404);
  });
});

describe('a batch', () => {
  it('isolates its entries: what fails, whatever it is, leaves the others', async () => {
    const entries = await entriesOf(
      'batch',
      putting(aPatient({ id: 'b-1' })),
      post({ resourceType: 'Observation' }),
      post(aPatient({ birthDate: '1980-02-31' })),
      'not an entry' as unknown as object,
      line('DELETE', 'Patient/never', { ifMatch: 'W/"1"' }),
      putting(aPatient({ id: 'b-1', active: true })),
      line('GET', 'Patient/b-1'),
    );
    expect(statusesOf(entries)).toEqual(['201', '422', '422', '400', '412', '200', '200']);
    for (const at of [1, 2, 3, 4]) {
      expect(entries[at]!.response['outcome']).toMatchObject({ resourceType: 'OperationOutcome' });
    }
    expect(entries[6]!.resource).toMatchObject({ active: true, meta: { versionId: '2' } });
  });
});
