// https://hl7.org/fhir/R4/http.html#transaction
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { base, startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

type Entry = Readonly<Record<string, unknown>>;

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const send = (type: string, entry: readonly unknown[], token = all) =>
  server.call('POST', '', { token, body: { resourceType: 'Bundle', type, entry } });
const transaction = (...entry: readonly unknown[]) => send('transaction', entry);
const batch = (...entry: readonly unknown[]) => send('batch', entry);
const post = (resource: Entry, more: Entry = {}): Entry => ({
  resource,
  request: { method: 'POST', url: String(resource['resourceType']) },
  ...more,
});
const put = (resource: Entry): Entry => ({
  resource,
  request: { method: 'PUT', url: `${String(resource['resourceType'])}/${String(resource['id'])}` },
});
const line = (method: string, url: string, more: Entry = {}): Entry => ({ request: { method, url, ...more } });
const aPatient = (more: Entry = {}): Entry => ({ resourceType: 'Patient', ...more });
const anObservation = (subject: string, more: Entry = {}): Entry => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: subject },
  ...more,
});
const read = (address: string) => server.call('GET', address, { token: all });
const statusesOf = (body: { entry: { response: { status: string } }[] }) =>
  body.entry.map(({ response }) => Number(response.status.slice(0, 3)));
const addressOf = (entry: { response: { location: string } }): string => entry.response.location.split('/_history')[0]!;
const expressionsOf = (body: { issue: { expression?: string[] }[] }) => body.issue.map(({ expression }) => expression);

const xhtml = 'http://www.w3.org/1999/xhtml';

describe('a transaction', () => {
  it('answers one entry for each, in their order, with status, location, etag and lastModified', async () => {
    const { status, headers, body } = await transaction(post(aPatient()), put(aPatient({ id: 'tx-put' })));
    expect([status, body.type]).toEqual([200, 'transaction-response']);
    expect(headers['content-type']).toContain('application/fhir+json');
    expect(statusesOf(body)).toEqual([201, 201]);
    expect(body.entry[0].response).toEqual({
      status: '201 Created',
      location: expect.stringMatching(/^Patient\/[0-9a-f-]{36}\/_history\/1$/),
      etag: 'W/"1"',
      lastModified: expect.stringMatching(/Z$/),
    });
    expect(addressOf(body.entry[1])).toBe('Patient/tx-put');
    expect((await read('Patient/tx-put')).status).toBe(200);
  });

  it('gives the resources back only with return=representation, and only to who may read them', async () => {
    const headers = { prefer: 'return=representation' };
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [post(aPatient({ active: true }))] };
    const shown = await server.call('POST', '', { token: all, body: bundle, headers });
    expect(shown.body.entry[0].resource).toMatchObject({ resourceType: 'Patient', active: true });
    const blind = await server.call('POST', '', { token: server.token('user/Patient.c'), body: bundle, headers });
    expect([blind.body.entry[0].response.status, blind.body.entry[0].resource]).toEqual(['201 Created', undefined]);
  });

  it('gives back what it has stored, however long all of it is', async () => {
    const tag = [{ system: 'http://tags', code: 'kept' }];
    await transaction(...[0, 1].map((n) => put(aPatient({ id: `tx-long-${n}`, meta: { tag } }))));
    // Bodies of more than 2,000,000 characters in all, two of them stored apart as large ones.
    const lengths = Array.from({ length: 50 }, (_, n) => (n % 30 === 0 ? 100_000 : 45_000));
    const entry = lengths.map((length, n) =>
      put(aPatient({ id: `tx-long-${n}`, name: [{ text: 'ä'.repeat(length) }] })),
    );
    const headers = { prefer: 'return=representation' };
    const { body } = await server.call('POST', '', {
      token: all,
      body: { resourceType: 'Bundle', type: 'transaction', entry },
      headers,
    });
    const stored = await read('Patient?_id=' + lengths.map((_, n) => `tx-long-${n}`).join() + '&_count=50');
    const byId = new Map(
      stored.body.entry.map(({ resource }: { resource: { id: string } }) => [resource.id, resource]),
    );
    expect(body.entry.map(({ resource }: { resource: unknown }) => resource)).toEqual(
      lengths.map((_, n) => byId.get(`tx-long-${n}`)),
    );
    expect(
      body.entry.slice(0, 3).map(({ resource }: { resource: { meta: { tag?: unknown } } }) => resource.meta.tag),
    ).toEqual([tag, tag, undefined]);
  });

  it('is empty, or has no entries, and succeeds', async () => {
    expect((await transaction()).body).toEqual({ resourceType: 'Bundle', type: 'transaction-response' });
    const none = await server.call('POST', '', { token: all, body: { resourceType: 'Bundle', type: 'transaction' } });
    expect(none.status).toBe(200);
  });

  it('rewrites urn:uuid and urn:oid in references, uris, extensions, contained resources and narrative', async () => {
    const patient = `urn:uuid:${randomUUID()}`;
    const device = 'urn:oid:1.2.840.99.7';
    const observation = anObservation(patient, {
      text: {
        status: 'generated',
        div: `<div xmlns="${xhtml}"><a href="${patient}">p</a> <img src='${device}'/> ${patient}</div>`,
      },
      extension: [
        { url: 'http://x/ref', valueReference: { reference: device } },
        { url: 'http://x/uri', valueUri: patient },
        { url: 'http://x/string', valueString: patient },
      ],
      _status: { extension: [{ url: 'http://x/deep', valueReference: { reference: patient } }] },
      contained: [{ resourceType: 'Procedure', id: 'c', status: 'completed', subject: { reference: patient } }],
      partOf: [{ reference: '#c' }],
      device: { reference: device },
      note: [{ text: patient }],
    });
    const { body } = await transaction(
      post(observation),
      post(aPatient(), { fullUrl: patient }),
      post({ resourceType: 'Device' }, { fullUrl: device }),
    );
    const [o, p, d] = body.entry.map(addressOf);
    const stored = await read(o);
    expect(stored.body.subject.reference).toBe(p);
    expect(stored.body.device.reference).toBe(d);
    expect(
      stored.body.extension.map((one: Entry) => one['valueUri'] ?? one['valueString'] ?? one['valueReference']),
    ).toEqual([{ reference: d }, p, patient]);
    expect(stored.body['_status'].extension[0].valueReference.reference).toBe(p);
    expect(stored.body.contained[0].subject.reference).toBe(p);
    expect(stored.body.text.div).toBe(`<div xmlns="${xhtml}"><a href="${p}">p</a> <img src='${d}'/> ${patient}</div>`);
    expect(stored.body.note[0].text).toBe(patient);
  });

  it('rewrites links to the fullUrl of another server, in the narrative too', async () => {
    const fullUrl = 'http://elsewhere.example/fhir/Patient/9';
    const div = `<div xmlns="${xhtml}"><a href="${fullUrl}">p</a><a href="http://elsewhere.example/fhir/Patient/99">q</a></div>`;
    const { body } = await transaction(
      post(aPatient(), { fullUrl }),
      post(anObservation(fullUrl, { text: { status: 'generated', div } })),
    );
    const [p, o] = body.entry.map(addressOf);
    const stored = await read(o);
    expect(stored.body.subject.reference).toBe(p);
    expect(stored.body.text.div).toContain(`<a href="${p}">p</a>`);
    expect(stored.body.text.div).toContain('http://elsewhere.example/fhir/Patient/99');
  });

  it('deletes, creates, updates, then reads the new state, whatever the order of the entries', async () => {
    await server.call('PUT', 'Patient/order-1', { token: all, body: aPatient({ id: 'order-1' }) });
    await server.call('PUT', 'Patient/order-2', { token: all, body: aPatient({ id: 'order-2' }) });
    const identifier = [{ system: 'http://order', value: '1' }];
    const { status, body } = await transaction(
      line('GET', 'Patient?identifier=http://order|1'),
      line('GET', 'Patient/order-2'),
      put(aPatient({ id: 'order-2', active: true })),
      post(aPatient({ identifier })),
      line('DELETE', 'Patient/order-1'),
    );
    expect(status).toBe(200);
    expect(statusesOf(body)).toEqual([200, 200, 200, 201, 204]);
    expect(body.entry[0].resource.entry).toHaveLength(1);
    expect(body.entry[1].resource).toMatchObject({ id: 'order-2', active: true, meta: { versionId: '2' } });
    expect((await read('Patient/order-1')).status).toBe(410);
  });

  it('stores nothing when one entry fails, and names every entry that does', async () => {
    const answer = await transaction(
      put(aPatient({ id: 'atomic-1' })),
      { resource: { resourceType: 'Observation' }, request: { method: 'POST', url: 'Patient' } },
      put(aPatient({ id: 'atomic-2' })),
      { resource: aPatient({ id: 'other' }), request: { method: 'PUT', url: 'Patient/atomic-3' } },
    );
    expectOutcome(answer, 400);
    expect(JSON.stringify(expressionsOf(answer.body))).toMatch(/entry\[1\]/);
    expect((await read('Patient/atomic-1')).status).toBe(404);
    const stale = line('DELETE', 'Patient/never-was', { ifMatch: 'W/"1"' });
    const late = await transaction(put(aPatient({ id: 'atomic-1' })), stale);
    expectOutcome(late, 412);
    expect(expressionsOf(late.body)).toEqual([['Bundle.entry[1]']]);
    const reading = await transaction(put(aPatient({ id: 'atomic-1' })), line('GET', 'Patient/never-was'));
    expectOutcome(reading, 404);
    expect(expressionsOf(reading.body)).toEqual([['Bundle.entry[1]']]);
    const searching = await transaction(put(aPatient({ id: 'atomic-1' })), line('GET', 'Patient?nonsense=1'));
    expectOutcome(searching, 400);
    expect(expressionsOf(searching.body)).toEqual([['Bundle.entry[1]']]);
    expect((await read('Patient/atomic-1')).status).toBe(404);
  });

  it('honours If-Match of an entry and fails as a whole when it is stale', async () => {
    await transaction(put(aPatient({ id: 'match' })));
    const withMatch = (ifMatch: unknown) => ({
      resource: aPatient({ id: 'match', active: false }),
      request: { method: 'PUT', url: 'Patient/match', ifMatch },
    });
    expect((await transaction(withMatch('W/"1"'))).status).toBe(200);
    const stale = await transaction(put(aPatient({ id: 'match-2' })), withMatch('W/"1"'));
    expectOutcome(stale, 412);
    expect(expressionsOf(stale.body)).toEqual([['Bundle.entry[1]']]);
    expect((await read('Patient/match-2')).status).toBe(404);
    expectOutcome(await transaction(withMatch(1)), 400, /ifMatch/);
    expectOutcome(await transaction(line('GET', 'Patient/match', { ifMatch: 'W/"1"' })), 400, /ifMatch/);
    expectOutcome(await transaction(line('DELETE', 'Patient/match', { ifMatch: 'W/"1"' })), 412);
  });

  it('refuses two changes of one resource and names both entries', async () => {
    const answer = await transaction(
      put(aPatient({ id: 'twice' })),
      post(aPatient()),
      line('DELETE', 'Patient/never-was'),
      put(aPatient({ id: 'twice' })),
    );
    expectOutcome(answer, 400, /Patient\/twice/);
    expect(expressionsOf(answer.body)).toEqual([['Bundle.entry[0]'], ['Bundle.entry[3]']]);
  });

  it('refuses links to entries that are not there, and one fullUrl for two entries', async () => {
    const lost = `urn:uuid:${randomUUID()}`;
    const dangling = await transaction(post(aPatient()), post(anObservation(lost)));
    expectOutcome(dangling, 400, new RegExp(lost));
    expect(expressionsOf(dangling.body)[0]![0]).toBe('Bundle.entry[1].resource.subject.reference');
    const duplicate = await transaction(post(aPatient(), { fullUrl: lost }), post(aPatient(), { fullUrl: lost }));
    expectOutcome(duplicate, 400, /fullUrl/);
    expect(expressionsOf(duplicate.body)).toEqual([['Bundle.entry[1].fullUrl']]);
  });

  it('stores 5,000 entries that refer to each other', async () => {
    const urns = Array.from({ length: 100 }, () => `urn:uuid:${randomUUID()}`);
    const patients = urns.map((fullUrl) => post(aPatient(), { fullUrl }));
    const observations = Array.from({ length: 4900 }, (_, i) => post(anObservation(urns[i % 100]!)));
    const { status, body, text } = await transaction(...observations, ...patients);
    expect(status).toBe(200);
    expect(body.entry).toHaveLength(5000);
    expect(new Set(statusesOf(body))).toEqual(new Set([201]));
    expect(text).not.toContain('urn:uuid:');
    expect((await read(addressOf(body.entry[4899]))).body.subject.reference).toBe(addressOf(body.entry[4999]));
  });

  it('needs at most 15 statements for 50 creates', async () => {
    const statements = await statementsOf(async () =>
      expect((await transaction(...Array.from({ length: 50 }, () => post(aPatient())))).status).toBe(200),
    );
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.length).toBeLessThanOrEqual(15);
  });
});

describe('a batch', () => {
  it('answers each entry as if it was sent alone, in its order', async () => {
    const { status, body } = await batch(
      put(aPatient({ id: 'b1' })),
      line('GET', 'Patient/b1'),
      line('GET', 'Patient/never'),
      { resource: { resourceType: 'Observation' }, request: { method: 'POST', url: 'Patient' } },
      line('GET', 'Patient/b1/_history'),
      line('GET', 'Patient/b1/_history/1'),
      line('GET', 'Patient?_id=b1'),
      line('DELETE', 'Patient/b1', { ifMatch: 'W/"7"' }),
      line('DELETE', 'Patient/b1'),
      line('GET', 'Patient/b1'),
      'not an entry',
      line('PATCH', 'Patient/b1'),
      null,
    );
    expect([status, body.type]).toEqual([200, 'batch-response']);
    expect(statusesOf(body)).toEqual([201, 200, 404, 400, 200, 200, 200, 412, 204, 410, 400, 400, 400]);
    expect(body.entry[2].response.outcome).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'not-found' }],
    });
    expect(body.entry[6].resource).toMatchObject({ type: 'searchset', entry: [{ resource: { id: 'b1' } }] });
  });

  it('gives each refused entry its 403 with reasons and the scope that would suffice', async () => {
    const token = server.token('user/Patient.rs');
    await transaction(put(aPatient({ id: 'visible' })));
    const { status, body } = await send(
      'batch',
      [line('GET', 'Patient/visible'), line('GET', 'Observation/x'), post(aPatient())],
      token,
    );
    expect(status).toBe(200);
    expect(statusesOf(body)).toEqual([200, 403, 403]);
    const [, reading, creating] = body.entry;
    expect(reasonsOf({ body: reading.response.outcome })).toEqual(['scope-insufficient']);
    expect(JSON.stringify(reading.response.outcome)).toContain('user/Observation.r');
    expect(JSON.stringify(creating.response.outcome)).toContain('user/Patient.c');
    expect(JSON.stringify(creating.response.outcome)).toContain(`${base}/CodeSystem/denial-reason`);
  });

  it('judges a search entry of another patient like the request itself', async () => {
    const token = server.token('patient/*.rs', { patient: 'p1' });
    const entries = ['Observation?patient=p2', 'Patient/p2', 'Patient?_id=p2'].map((url) => line('GET', url));
    const { body } = await send('batch', entries, token);
    expect(statusesOf(body).slice(1)).toEqual([403, 403]);
    for (const entry of body.entry.slice(1)) {
      expect(reasonsOf({ body: entry.response.outcome })).toEqual(['patient-context-mismatch']);
    }
  });
});

describe('a transaction with refused entries', () => {
  it('is refused whole, with one issue for each refused entry, and stores nothing', async () => {
    const token = server.token('user/Patient.cu');
    const entries = [
      put(aPatient({ id: 'refused-1' })),
      post(anObservation('Patient/x')),
      line('GET', 'Patient/x'),
      line('DELETE', 'Patient/x'),
    ];
    const answer = await send('transaction', entries, token);
    expectOutcome(answer, 403);
    expect(expressionsOf(answer.body)).toEqual([['Bundle.entry[1]'], ['Bundle.entry[2]'], ['Bundle.entry[3]']]);
    expect(new Set(reasonsOf(answer))).toEqual(new Set(['scope-insufficient']));
    expect(answer.headers['www-authenticate']).toMatch(/error="insufficient_scope".*user\/Observation\.c/);
    expect((await read('Patient/refused-1')).status).toBe(404);
  });

  it('is refused for content outside the record of the patient, entry by entry', async () => {
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    const entries = [
      post(anObservation('Patient/p1')),
      post(anObservation('Patient/p2')),
      post(anObservation('Patient/p3')),
    ];
    const answer = await send('transaction', entries, token);
    expectOutcome(answer, 403);
    expect(expressionsOf(answer.body)).toEqual([['Bundle.entry[1]'], ['Bundle.entry[2]']]);
    expect(reasonsOf(answer)).toEqual(['write-outside-compartment', 'write-outside-compartment']);
  });
});

describe('what the caller may not do', () => {
  it('is refused before what is wrong with the entries is looked at', async () => {
    const token = server.token('user/Patient.c');
    const entries = [
      { resource: { resourceType: 'Nonsense' }, request: { method: 'POST', url: 'Observation' } },
      { resource: { resourceType: 'Observation' }, request: { method: 'POST', url: 'Patient' } },
    ];
    const whole = await send('transaction', entries, token);
    expectOutcome(whole, 403);
    expect(expressionsOf(whole.body)).toEqual([['Bundle.entry[0]']]);
    expect(statusesOf((await send('batch', entries, token)).body)).toEqual([403, 400]);
  });
});

describe('nothing is smuggled through an entry', () => {
  const smuggled: readonly (readonly [name: string, status: number, entry: unknown])[] = [
    [
      'a nested bundle',
      400,
      { resource: { resourceType: 'Bundle', type: 'batch' }, request: { method: 'POST', url: '' } },
    ],
    [
      'a nested bundle at /',
      400,
      { resource: { resourceType: 'Bundle', type: 'batch' }, request: { method: 'POST', url: '/' } },
    ],
    ['an absolute URL of this server', 400, line('GET', `${base}/Patient/p1`)],
    ['an absolute URL of another host', 400, line('GET', 'https://elsewhere.example/Patient/p1')],
    ['an URL without scheme', 400, line('GET', '//elsewhere.example/Patient/p1')],
    ['steps up', 404, line('GET', '../Patient/p1')],
    ['steps up in the middle', 404, line('GET', 'Observation/../Patient')],
    ['steps up, encoded', 404, line('GET', 'Observation/%2e%2e/Patient/p1')],
    ['an encoded slash', 404, line('GET', 'Patient%2Fp1')],
    ['a doubly encoded slash', 404, line('GET', 'Patient/p1%252F_history')],
    ['a broken escape', 404, line('GET', 'Patient/%zz')],
    ['a fragment', 404, line('GET', 'Patient/p1#x')],
    ['a method in lower case', 400, line('get', 'Patient/p1')],
    ['a method that is no string', 400, { request: { method: ['GET'], url: 'Patient/p1' } }],
    ['a method of no REST', 400, line('TRACE', 'Patient/p1')],
    [
      'another type than the URL names',
      400,
      { resource: { resourceType: 'MedicationRequest' }, request: { method: 'POST', url: 'Observation' } },
    ],
    ['an operation that takes credentials', 501, line('POST', '$explain-access')],
    ['an operation that is not offered', 404, line('POST', 'Patient/p1/$convert')],
    ['a GET of an operation that changes something', 405, line('GET', 'Patient/p1/$meta-add')],
    ['an unknown type', 404, line('GET', 'patients/p1')],
    ['a parameter that would be ignored', 400, line('GET', 'Patient/p1?_count=1')],
    ['no URL', 400, { request: { method: 'GET' } }],
    ['no request', 400, { resource: { resourceType: 'Patient' } }],
    [
      'a resource where none belongs',
      400,
      { resource: { resourceType: 'Patient' }, request: { method: 'GET', url: 'Patient/p1' } },
    ],
    ['the capability statement', 501, line('GET', 'metadata')],
    ['the login', 404, line('POST', 'login')],
    ['a method that the address does not have', 405, line('POST', 'Patient/p1')],
  ];

  it.each(smuggled)('%s is %i in a transaction and in a batch', async (_name, status, entry) => {
    const whole = await transaction(entry);
    expectOutcome(whole, status);
    expect(expressionsOf(whole.body)[0]![0]).toMatch(/^Bundle\.entry\[0\](?:\.resource\.resourceType)?$/);
    expect(statusesOf((await batch(entry)).body)).toEqual([status]);
  });

  it('keeps everything after the first question mark as the query', async () => {
    expectOutcome(await transaction(line('GET', 'Patient?_id=a?nonsense=1')), 400, /a\?nonsense/);
  });
});

describe('what is no transaction', () => {
  it.each([
    [{ resourceType: 'Bundle', type: 'collection' }, /transaction.*batch.*POST it to Bundle/],
    [{ resourceType: 'Bundle' }, /Bundle\.type/],
    [{ resourceType: 'Patient' }, /Patient/],
    [{ resourceType: 'Bundle', type: 'transaction', entry: {} }, /entry must be an array/],
    [{ resourceType: 'Bundle', type: 'batch', entry: 'x' }, /entry must be an array/],
    [[], /an array/],
  ])('%j is 400', async (body, text) => {
    expectOutcome(await server.call('POST', '', { token: all, body }), 400, text);
  });

  it('stores a Bundle as it is under Bundle', async () => {
    const { status } = await server.call('POST', 'Bundle', {
      token: all,
      body: { resourceType: 'Bundle', type: 'collection' },
    });
    expect(status).toBe(201);
  });

  it('takes the base with a slash at its end', async () => {
    const body = { resourceType: 'Bundle', type: 'batch' };
    expect((await server.call('POST', '/fhir/r4/', { token: all, body })).body.type).toBe('batch-response');
  });
});
