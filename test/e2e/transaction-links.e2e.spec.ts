// https://hl7.org/fhir/R4/http.html#trules: links between entries of a transaction, and conditional references
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

let made = 0;
const system = 'http://example.org/ids';
const fresh = (): string => `t${++made}`;
const urn = (): string => `urn:uuid:${randomUUID()}`;
const named = (value: string, changes: JsonObject = {}): JsonObject =>
  aPatient({ identifier: [{ system, value }], ...changes });
const reference = (value: string): string => `Patient?identifier=${system}|${value}`;

type Request = Readonly<Record<string, string>>;
const entry = (request: Request, resource?: JsonObject, fullUrl?: string) =>
  ({ request, ...(resource && { resource }), ...(fullUrl !== undefined && { fullUrl }) }) as never;
const post = (resource: JsonObject, fullUrl?: string, more: Request = {}) =>
  entry({ method: 'POST', url: resource['resourceType'] as string, ...more }, resource, fullUrl);
const put = (url: string, resource: JsonObject, fullUrl?: string) => entry({ method: 'PUT', url }, resource, fullUrl);
const transaction = (...entries: readonly never[]): Promise<Answer> =>
  server.call('POST', '', { token: all, body: aBundle('transaction', ...entries) });
const get = async (path: string) => (await server.call('GET', path, { token: all })).body;
const addressOf = ({ body }: Answer, index: number): string =>
  body.entry[index].response.location.replace(/\/_history\/.*/, '');
const statusesOf = ({ body }: Answer): readonly string[] =>
  body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3));
const subjectOf = async (answer: Answer, index: number) => (await get(addressOf(answer, index))).subject.reference;

describe('a reference to a version of an entry', () => {
  it.each([
    ['relative to the fullUrl', 'http://other.example/fhir/Patient/7', 'Patient/7/_history/3'],
    ['absolute', 'http://other.example/fhir/Patient/7', 'http://other.example/fhir/Patient/7/_history/3'],
    [
      'by a urn',
      'urn:uuid:0b3a1f0e-7f54-4a9e-8e8b-0e6d6c3f1a11',
      'urn:uuid:0b3a1f0e-7f54-4a9e-8e8b-0e6d6c3f1a11/_history/1',
    ],
  ])('leads to the first version of what is made, %s', async (_what, fullUrl, sent) => {
    await server.call('PUT', 'Patient/7', { token: all, body: aPatient({ id: '7' }) });
    const answer = await transaction(
      post(aPatient(), fullUrl),
      post(anObservation(sent), 'http://other.example/fhir/Observation/8'),
    );
    expect(statusesOf(answer)).toEqual(['201', '201']);
    expect(await subjectOf(answer, 1)).toBe(`${addressOf(answer, 0)}/_history/1`);
  });

  it('keeps its version where the entry is an update', async () => {
    const id = fresh();
    const url = `http://other.example/fhir/Patient/${id}`;
    const answer = await transaction(
      put(`Patient/${id}`, aPatient({ id }), url),
      post(anObservation(`${url}/_history/3`)),
    );
    expect(await subjectOf(answer, 1)).toBe(`Patient/${id}/_history/3`);
  });
});

describe('a conditional reference', () => {
  it.each(['POST', 'PUT'])('by identifier leads to what a %s of the transaction makes', async (method) => {
    const value = fresh();
    const patient = method === 'POST' ? post(named(value)) : put(`Patient/${value}`, named(value, { id: value }));
    const answer = await transaction(post(anObservation(reference(value))), patient);
    expect(statusesOf(answer)).toEqual(['201', '201']);
    expect(await subjectOf(answer, 0)).toBe(addressOf(answer, 1));
  });

  it('is 412 where the transaction deletes its match', async () => {
    const id = fresh();
    await server.call('PUT', `Patient/${id}`, { token: all, body: named(id, { id }) });
    const remove = entry({ method: 'DELETE', url: `Patient/${id}` });
    expectOutcome(
      await transaction(remove, post(anObservation(reference(id)))),
      412,
      /No resource matches the reference/,
    );
    expect((await get(`Patient/${id}`)).id).toBe(id);
  });

  it('is 412 where the transaction takes the identifier from its match, and follows it to another', async () => {
    const [id, other] = [fresh(), fresh()];
    await server.call('PUT', `Patient/${id}`, { token: all, body: named(id, { id }) });
    const taken = put(`Patient/${id}`, named(`${id}-old`, { id }));
    expectOutcome(await transaction(taken, post(anObservation(reference(id)))), 412, /No resource matches/);
    const given = put(`Patient/${other}`, named(id, { id: other }));
    const answer = await transaction(taken, given, post(anObservation(reference(id))));
    expect(await subjectOf(answer, 2)).toBe(`Patient/${other}`);
  });

  it('is 412 where a stored resource and one of the transaction match, or two of the transaction', async () => {
    const value = fresh();
    await server.call('POST', 'Patient', { token: all, body: named(value) });
    expectOutcome(await transaction(post(named(value)), post(anObservation(reference(value)))), 412, /More than one/);
    const another = fresh();
    const twice = [post(named(another)), post(named(another))];
    expectOutcome(await transaction(...twice, post(anObservation(reference(another)))), 412, /More than one/);
  });

  it('by other criteria matches what was stored before', async () => {
    const family = fresh();
    const patient = aPatient({ name: [{ family }] });
    const sent = [post(anObservation(`Patient?family:exact=${family}`)), post(patient)];
    expectOutcome(await transaction(...sent), 412, /found by identifier alone/);
  });

  it.each([
    ['POST', 'Observation'],
    ['PUT', 'Observation/conditional'],
  ])('is 422 in a %s by itself, and named by $validate', async (method, path) => {
    const body = { ...anObservation(reference('x')), id: 'conditional' };
    const answer = await server.call(method, path, { token: all, body });
    expectOutcome(answer, 422, /transaction only/);
    expect(answer.body.issue[0].expression).toEqual(['Observation.subject.reference']);
    const judged = await server.call('POST', 'Observation/$validate', { token: all, body });
    expect(judged.body.issue[0].diagnostics).toMatch(/transaction only/);
  });

  it('is 422 in what a patch makes, and stays in a stored Bundle', async () => {
    const { id } = (await server.call('POST', 'Observation', { token: all, body: anObservation('Patient/7') })).body;
    const body = [{ op: 'replace', path: '/subject/reference', value: reference('x') }];
    const headers = { 'content-type': 'application/json-patch+json' };
    expectOutcome(
      await server.call('PATCH', `Observation/${id}`, { token: all, body, headers }),
      422,
      /transaction only/,
    );
    const bundle = aBundle('transaction', post(anObservation(reference('x'))));
    expect((await server.call('POST', 'Bundle', { token: all, body: bundle })).status).toBe(201);
  });
});

describe('a condition that names an entry by its fullUrl', () => {
  const condition = (value: string): JsonObject => ({
    resourceType: 'Condition',
    identifier: [{ system, value }],
    subject: { reference: 'Patient/7' },
  });
  const about = (value: string, link: string): JsonObject => ({ ...condition(value), subject: { reference: link } });

  it.each(['a conditional create', 'an update by id'])('finds what was stored for it: %s', async (kind) => {
    const [patient, value, link] = [fresh(), fresh(), urn()];
    const send = () =>
      transaction(
        kind === 'an update by id'
          ? put(`Patient/${patient}`, named(patient, { id: patient }), link)
          : post(named(patient), link, { ifNoneExist: `identifier=${system}|${patient}` }),
        post(about(value, link), undefined, { ifNoneExist: `identifier=${system}|${value}&subject=${link}` }),
      );
    const first = await send();
    expect(statusesOf(first)[1]).toBe('201');
    const again = await send();
    expect(statusesOf(again)[1]).toBe('200');
    expect(addressOf(again, 1)).toBe(addressOf(first, 1));
  });

  it('updates what was stored for it', async () => {
    const [patient, value, link] = [fresh(), fresh(), urn()];
    const send = (recordedDate: string) =>
      transaction(
        put(`Patient/${patient}`, named(patient, { id: patient }), link),
        put(`Condition?identifier=${system}|${value}&subject=${link}`, { ...about(value, link), recordedDate }),
      );
    const first = await send('2024-01-01');
    const second = await send('2024-01-02');
    expect([statusesOf(first)[1], statusesOf(second)[1]]).toEqual(['201', '200']);
    expect(addressOf(second, 1)).toBe(addressOf(first, 1));
  });

  it('is 400 where that entry names another in turn', async () => {
    const [one, two] = [urn(), urn()];
    const answer = await transaction(
      post(aPatient(), one),
      post(about('x', one), two, { ifNoneExist: `identifier=${system}|x&subject=${one}` }),
      post({ ...about('y', one), stage: [{ assessment: [{ reference: two }] }] }, undefined, {
        ifNoneExist: `identifier=${system}|y&evidence-detail=${two}`,
      }),
    );
    expectOutcome(answer, 400, /whose own condition names another/);
    expect(answer.body.issue[0].expression).toEqual(['Bundle.entry[2]']);
  });
});

describe('a JSON Patch in a transaction', () => {
  it('has its links replaced', async () => {
    const [patient, link] = [fresh(), urn()];
    const { id } = (await server.call('POST', 'Observation', { token: all, body: anObservation('Patient/7') })).body;
    const patch = [{ op: 'add', path: '/performer', value: [{ reference: link }] }];
    const data = Buffer.from(JSON.stringify(patch)).toString('base64');
    const binary = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
    const answer = await transaction(
      entry({ method: 'PATCH', url: `Observation/${id}` }, binary),
      post(named(patient), link),
    );
    expect(statusesOf(answer)).toEqual(['200', '201']);
    expect((await get(`Observation/${id}`)).performer).toEqual([{ reference: addressOf(answer, 1) }]);
  });
});
