// https://hl7.org/fhir/R4/http.html#patch, https://hl7.org/fhir/R4/fhirpatch.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aPatient, anObservation } from '../support/resources.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { type CallOptions, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const jsonPatch = { 'content-type': 'application/json-patch+json' };
const put = (resource: JsonObject) =>
  server.call('PUT', `${resource['resourceType'] as string}/${resource['id'] as string}`, {
    token: all,
    body: resource,
  });
const patch = (address: string, body: object | string, more: CallOptions = {}) =>
  server.call('PATCH', address, {
    token: all,
    body,
    ...more,
    headers: { ...(Array.isArray(body) && jsonPatch), ...more.headers },
  });
const read = (address: string) => server.call('GET', address, { token: all });
const replaceFamily = (value: string) => [{ op: 'replace', path: '/name/0/family', value }];

const fhirPathPatch = (type: string, path: string, more: JsonObject = {}): JsonObject => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [
        { name: 'type', valueCode: type },
        { name: 'path', valueString: path },
        ...Object.entries(more).map(([name, value]) => ({ name, ...(value as JsonObject) })),
      ],
    },
  ],
});

describe('JSON Patch', () => {
  it('makes a version of what it changes and answers with it', async () => {
    await put(aPatient({ id: 'j1' }));
    const { status, headers, body } = await patch('Patient/j1', replaceFamily('Changed'));
    expect([status, headers['etag'], body.meta.versionId]).toEqual([200, 'W/"2"', '2']);
    expect(body.name).toEqual([{ family: 'Changed' }]);
    expect((await read('Patient/j1')).text).toBe(JSON.stringify(body));
    const [latest] = (await read('Patient/j1/_history')).body.entry;
    expect(latest.request).toEqual({ method: 'PATCH', url: 'Patient/j1' });
  });

  it('keeps every digit of what it does not touch', async () => {
    const text =
      '{"resourceType":"Observation","id":"digits","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}';
    await server.call('PUT', 'Observation/digits', { token: all, body: text });
    const { text: patched } = await patch('Observation/digits', [{ op: 'replace', path: '/status', value: 'amended' }]);
    expect(patched).toContain('"value":1.10');
  });

  it('makes no version when it changes nothing', async () => {
    await put(aPatient({ id: 'same' }));
    const headers = { prefer: 'return=OperationOutcome' };
    const { status, headers: answered, body } = await patch('Patient/same', replaceFamily('Aal'), { headers });
    expect([status, answered['etag']]).toEqual([200, 'W/"1"']);
    const [told] = body.issue.filter(({ severity }: { severity: string }) => severity === 'information');
    expect(told.diagnostics).toContain('version 1');
  });

  it('is validated like a write, and stores nothing that is not valid', async () => {
    await put(aPatient({ id: 'valid' }));
    const answer = await patch('Patient/valid', [{ op: 'add', path: '/birthDate', value: '1980-02-31' }]);
    expectOutcome(answer, 422, /birthDate/);
    expect((await read('Patient/valid')).body.meta.versionId).toBe('1');
  });

  it.each([
    [400, /array of operations/, '{}', jsonPatch],
    [400, /not valid JSON/, '[', jsonPatch],
    [400, /empty/, '', jsonPatch],
    [422, /not|no /, [{ op: 'remove', path: '/photo' }], {}],
    [422, /id/, [{ op: 'replace', path: '/id', value: 'other' }], {}],
    [422, /resourceType/, [{ op: 'replace', path: '/resourceType', value: 'Group' }], {}],
    [415, /XML Patch/i, '<diff/>', { 'content-type': 'application/xml-patch+xml' }],
    [415, /json-patch/, 'x', { 'content-type': 'text/plain' }],
    [415, /json-patch/, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    [400, /Parameters/, aPatient({ id: 'bad' }), {}],
    [415, /json-patch/, '[]', {}],
  ])('answers %i %s to %j', async (status, text, body, headers) => {
    await put(aPatient({ id: 'bad' }));
    expectOutcome(await patch('Patient/bad', body, { headers }), status, text);
    expect((await read('Patient/bad')).body.meta.versionId).toBe('1');
  });

  it('honours If-Match, and answers 404 and 410 for what is not there', async () => {
    await put(aPatient({ id: 'match' }));
    const stale = { headers: { 'if-match': 'W/"7"' } };
    expectOutcome(await patch('Patient/match', replaceFamily('X'), stale), 412, /current version is 1/);
    expect((await patch('Patient/match', replaceFamily('X'), { headers: { 'if-match': 'W/"1"' } })).status).toBe(200);
    expectOutcome(await patch('Patient/never', replaceFamily('X')), 404);
    await server.call('DELETE', 'Patient/match', { token: all });
    expectOutcome(await patch('Patient/match', replaceFamily('X')), 410);
  });

  it('loses none of many patches of one resource', async () => {
    await put(anObservation('Patient/x', { id: 'busy', note: [] as never[], bodySite: { text: '' } }));
    await put(anObservation('Patient/x', { id: 'busy', note: [{ text: 'first' }] }));
    const notes = Array.from({ length: 20 }, (_, i) => ({ op: 'add', path: '/note/-', value: { text: `n${i}` } }));
    const answers = await Promise.all(notes.map((note) => patch('Observation/busy', [note])));
    expect(answers.map(({ status }) => status)).toEqual(notes.map(() => 200));
    const { body } = await read('Observation/busy');
    expect(body.note).toHaveLength(21);
    expect(body.meta.versionId).toBe('21');
  });
});

describe('FHIRPath Patch', () => {
  it('adds, replaces and deletes by Parameters', async () => {
    await put(aPatient({ id: 'f1' }));
    const added = await patch(
      'Patient/f1',
      fhirPathPatch('add', 'Patient', { name: { valueString: 'birthDate' }, value: { valueDate: '1980-02-01' } }),
    );
    expect([added.status, added.body.birthDate]).toEqual([200, '1980-02-01']);
    const path = 'Patient.birthDate';
    const replaced = await patch('Patient/f1', fhirPathPatch('replace', path, { value: { valueDate: '1980-02-02' } }));
    expect(replaced.body.birthDate).toBe('1980-02-02');
    expect((await patch('Patient/f1', fhirPathPatch('delete', path))).body.birthDate).toBeUndefined();
  });

  it('comes as XML too', async () => {
    await put(aPatient({ id: 'f2' }));
    const xml =
      '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>' +
      '<part><name value="type"/><valueCode value="delete"/></part>' +
      '<part><name value="path"/><valueString value="Patient.name"/></part></parameter></Parameters>';
    const answer = await patch('Patient/f2', xml, { headers: { 'content-type': 'application/fhir+xml' } });
    expect([answer.status, answer.body.name]).toEqual([200, undefined]);
  });

  it('refuses what it cannot apply, with the operation', async () => {
    await put(aPatient({ id: 'f3' }));
    expectOutcome(await patch('Patient/f3', fhirPathPatch('delete', 'Patient.photo[')), 400);
    const missing = fhirPathPatch('replace', 'Patient.birthDate', { value: { valueDate: '1980' } });
    expectOutcome(await patch('Patient/f3', missing), 422, /birthDate/);
  });
});

describe('a patch and rights', () => {
  const labelled = (id: string) => aPatient({ id, meta: { security: [{ system: 'http://s', code: 'R' }] } });

  it('cannot take a tag or security label away: that is the matter of $meta-delete', async () => {
    await put(labelled('label'));
    for (const body of [
      [{ op: 'remove', path: '/meta/security' }],
      [{ op: 'replace', path: '/meta/security/0/code', value: 'N' }],
      fhirPathPatch('delete', 'Patient.meta.security'),
    ]) {
      expectOutcome(await patch('Patient/label', body), 422, /\$meta-delete/);
    }
    const added = await patch('Patient/label', [{ op: 'add', path: '/meta/security/-', value: { code: 'V' } }]);
    expect(added.body.meta.security).toHaveLength(2);
  });

  it('needs u, is judged before and after, and gives nothing back without r', async () => {
    await put(aPatient({ id: 'p1' }));
    await put(aPatient({ id: 'p2' }));
    await put(anObservation('Patient/p1', { id: 'mine' }));
    await put(anObservation('Patient/p2', { id: 'theirs' }));
    const change = [{ op: 'replace', path: '/status', value: 'amended' }];
    const reader = server.token('user/Observation.rs');
    expect(reasonsOf(await patch('Observation/mine', change, { token: reader }))).toEqual(['scope-insufficient']);
    const token = server.token('patient/Observation.u', { patient: 'p1' });
    expectOutcome(await patch('Observation/theirs', change, { token }), 404, /Observation\/theirs was not found/);
    const outside = [{ op: 'replace', path: '/subject/reference', value: 'Patient/p2' }];
    expect(reasonsOf(await patch('Observation/mine', outside, { token }))).toEqual(['write-outside-compartment']);
    const { status, text } = await patch('Observation/mine', change, { token });
    expect([status, text]).toEqual([200, '']);
  });

  it('looks at no version that may be changed and not read, and tells nothing of it', async () => {
    const token = server.token('user/Observation.u user/Observation.r?category=survey');
    await put(anObservation('Patient/p1', { id: 'unread' }));
    const looking = [
      { op: 'test', path: '/status', value: 'final' },
      { op: 'replace', path: '/status', value: 'amended' },
    ];
    expectOutcome(await patch('Observation/unread', looking, { token }), 404, /Observation\/unread was not found/);
    const same = anObservation('Patient/p1', { id: 'unread' });
    const again = await server.call('PUT', 'Observation/unread', { token, body: same });
    expect([again.status, again.headers['etag']]).toEqual([200, 'W/"2"']);
  });

  it('reaches what a condition has found only where the change does', async () => {
    await put(anObservation('Patient/p1', { id: 'found', status: 'preliminary' }));
    const token = server.token('user/Observation.s user/Observation.u?status=final');
    const change = [{ op: 'replace', path: '/status', value: 'final' }];
    const { body } = await server.call('GET', 'Observation?_id=found&_elements=id', { token });
    expect(body.entry).toHaveLength(1);
    expectOutcome(await patch('Observation?_id=found', change, { token }), 404, /Observation\/found was not found/);
    const whole = anObservation('Patient/p1', { id: 'found', status: 'final' });
    expect((await server.call('PUT', 'Observation?_id=found', { token, body: whole })).status).toBe(404);
    expect((await read('Observation/found')).body).toMatchObject({ status: 'preliminary', meta: { versionId: '1' } });
  });
});

describe('a PATCH entry', () => {
  const binary = (operations: object): JsonObject => ({
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from(JSON.stringify(operations)).toString('base64'),
  });
  const bundle = (type: string, ...entry: readonly object[]) =>
    server.call('POST', '', { token: all, body: { resourceType: 'Bundle', type, entry } });
  const entry = (url: string, resource: object, more: object = {}) => ({
    request: { method: 'PATCH', url, ...more },
    resource,
  });

  it.each(['batch', 'transaction'])('takes Parameters and Binary in a %s', async (type) => {
    await put(aPatient({ id: `${type}-1` }));
    await put(aPatient({ id: `${type}-2` }));
    const { status, body } = await bundle(
      type,
      entry(`Patient/${type}-1`, binary(replaceFamily('One'))),
      entry(`Patient/${type}-2`, fhirPathPatch('delete', 'Patient.name'), { ifMatch: 'W/"1"' }),
    );
    expect(status).toBe(200);
    expect(body.entry.map((one: { response: { etag: string } }) => one.response.etag)).toEqual(['W/"2"', 'W/"2"']);
    expect((await read(`Patient/${type}-1`)).body.name).toEqual([{ family: 'One' }]);
    expect((await read(`Patient/${type}-2`)).body.name).toBeUndefined();
  });

  it('rewrites links to other entries in its Parameters', async () => {
    await put(anObservation('Patient/x', { id: 'linked' }));
    const fullUrl = 'urn:uuid:0b3a1f0e-7f54-4a9e-8e8b-0e6d6c3f1a11';
    const value = { valueReference: { reference: fullUrl } };
    const { body } = await bundle(
      'transaction',
      { fullUrl, resource: aPatient(), request: { method: 'POST', url: 'Patient' } },
      entry('Observation/linked', fhirPathPatch('replace', 'Observation.subject', { value })),
    );
    const [address] = body.entry[0].response.location.split('/_history');
    expect((await read('Observation/linked')).body.subject).toEqual({ reference: address });
  });

  it('fails the transaction with its place, and nothing is stored', async () => {
    await put(aPatient({ id: 'atomic' }));
    for (const resource of [
      binary([{ op: 'remove', path: '/photo' }]),
      binary([{ op: 'add', path: '/birthDate', value: 'x' }]),
    ]) {
      const created = { resource: aPatient({ id: 'lost' }), request: { method: 'PUT', url: 'Patient/lost' } };
      const answer = await bundle('transaction', created, entry('Patient/atomic', resource));
      expectOutcome(answer, 422);
      expect(answer.body.issue[0].expression[0]).toMatch(/^Bundle\.entry\[1\]/);
    }
    expectOutcome(await bundle('transaction', entry('Patient/atomic', aPatient())), 400, /Parameters/);
    expectOutcome(await bundle('transaction', entry('Patient/atomic', { ...binary([]), data: '#' })), 400, /base64/);
    const typed = { ...binary([]), contentType: 'text/plain' };
    expectOutcome(await bundle('transaction', entry('Patient/atomic', typed)), 415, /text\/plain/);
    expectOutcome(await read('Patient/lost'), 404);
    expect((await read('Patient/atomic')).body.meta.versionId).toBe('1');
  });
});
