// Idempotency-Key: a POST that is sent again after a lost answer is carried out once
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome } from '../support/outcome.js';
import { aBinary, aBundle, aPatient } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { runSql } from '../leaks/world.js';

let server: TestServer;
let all: string;
beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

interface Claims {
  readonly [name: string]: unknown;
  readonly same?: boolean;
}

let made = 0;
const fresh = (): string => `key-${++made}`;
const send = (key: string, path: string, body: object, headers = {}): Promise<Answer> =>
  server.call('POST', path, { token: all, body, headers: { 'idempotency-key': key, ...headers } });
const sendAs = (token: string, key: string, body: object): Promise<Answer> =>
  server.call('POST', 'Patient', { token, body, headers: { 'idempotency-key': key } });
const named = (family: string): JsonObject => aPatient({ name: [{ family }] });
const countOf = async (family: string): Promise<number> =>
  ((await server.call('GET', `Patient?family=${family}`, { token: all })).body.entry ?? []).length;
const putting = (id: string, family: string) => ({
  request: { method: 'PUT', url: `Patient/${id}` },
  resource: { ...named(family), id },
});
const posting = (family: string) => ({ request: { method: 'POST', url: 'Patient' }, resource: named(family) });
const headersOf = ({ status, headers }: Answer) => [
  status,
  headers['location'],
  headers['etag'],
  headers['last-modified'],
];

describe('a create with an Idempotency-Key', () => {
  it('is answered a second time as at first, and stored once', async () => {
    const key = fresh();
    const [first, second] = [await send(key, 'Patient', named(key)), await send(key, 'Patient', named(key))];
    expect(first.status).toBe(201);
    expect(headersOf(second)).toEqual(headersOf(first));
    expect(second.body).toEqual(first.body);
    expect(await countOf(key)).toBe(1);
    const minimal = await send(key, 'Patient', named(key), { prefer: 'return=minimal' });
    expect([...headersOf(minimal), minimal.text]).toEqual([...headersOf(first), '']);
  });

  it('tells of the version it made, also when there is a newer one', async () => {
    const key = fresh();
    const { body } = await send(key, 'Patient', named(key));
    await server.call('PUT', `Patient/${body.id}`, { token: all, body: { ...named(key), id: body.id, active: true } });
    const again = await send(key, 'Patient', named(key));
    expect([again.status, again.headers['etag']]).toEqual([201, 'W/"1"']);
    expect(again.body).toEqual(body);
  });

  it('is 422 with another body, address or condition', async () => {
    const key = fresh();
    await send(key, 'Patient', named(key));
    expectOutcome(await send(key, 'Patient', named('other')), 422, /another request/);
    expectOutcome(await send(key, 'Patient?_format=json', named(key)), 422);
    expectOutcome(await send(key, 'Patient', named(key), { 'if-none-exist': 'identifier=1' }), 422);
    expect(await countOf('other')).toBe(0);
  });

  it('is carried out once when it comes many times at once', async () => {
    const key = fresh();
    const answers = await Promise.all(Array.from({ length: 16 }, () => send(key, 'Patient', named(key))));
    expect(new Set(answers.map((answer) => JSON.stringify(headersOf(answer)))).size).toBe(1);
    expect(answers[0]!.status).toBe(201);
    expect(await countOf(key)).toBe(1);
  });

  it('keeps no answer of a failure, so that the key can be used again', async () => {
    const key = fresh();
    expectOutcome(await send(key, 'Patient', { ...named(key), gender: 'man' }), 422, /gender/);
    expect((await send(key, 'Patient', named(key))).status).toBe(201);
  });

  it('of another caller is another key', async () => {
    const key = fresh();
    await send(key, 'Patient', named(key));
    for (const claims of [{ sub: 'somebody-else' }, { client_id: 'another-client' }]) {
      const { status } = await sendAs(server.token('user/*.cruds', claims), key, named(`${key}-2`));
      expect(status).toBe(201);
    }
  });

  it('is judged again: content goes to who may read it now', async () => {
    const key = fresh();
    const { body } = await send(key, 'Patient', named(key));
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
    await server.call('PUT', `Patient/${body.id}`, { token: all, body: { ...body, meta: { security } } });
    const cleared = server.token('user/*.cruds', { clearance: 'N' });
    const own = fresh();
    expect((await sendAs(cleared, own, named(own))).status).toBe(201);
    expectOutcome(await sendAs(cleared, key, named(key)), 422, /other scopes/);
    expectOutcome(await sendAs(server.token('user/Patient.r'), key, named(key)), 403);
  });

  it.each([
    ['without reading', 'user/Patient.c', {}],
    ['with a granular scope', 'user/Patient.cruds?gender=male', {}],
    ['with another type more', 'user/Patient.cruds user/Observation.cruds', { same: true }],
    ['with the patient of a launch', 'patient/Patient.cruds', { patient: 'p1' }],
    ['of a caller with less clearance', 'user/Patient.cruds', { clearance: 'N' }],
    ['of a user who is somebody', 'user/Patient.cruds', { fhirUser: 'Patient/somebody' }],
    ['of the same rights, later', 'openid user/Patient.rs user/Patient.cud', { same: true, jti: 'another' }],
  ])('%s is answered only if the token grants the same', async (_, scope, { same = false, ...claims }: Claims) => {
    const key = fresh();
    const first = await sendAs(server.token('user/Patient.cruds'), key, named(key));
    expect(first.status).toBe(201);
    const again = await sendAs(server.token(scope, claims), key, named(key));
    if (same) expect(headersOf(again)).toEqual(headersOf(first));
    else if (again.status !== 403) expectOutcome(again, 422, /was carried out .* granted something else/);
    if (!same) expect(again.headers['location']).toBeUndefined();
    expect(await countOf(key)).toBe(1);
  });

  it('repeats what a conditional create found', async () => {
    const key = fresh();
    const body = { ...named(key), identifier: [{ value: key }] };
    const condition = { 'if-none-exist': `identifier=${key}` };
    const first = await send(fresh(), 'Patient', body, condition);
    for (let n = 0; n < 2; n++) {
      const match = await send(key, 'Patient', body, condition);
      expect([match.status, match.headers['location']]).toEqual([200, first.headers['location']]);
    }
  });

  it('is forgotten after a day', async () => {
    const key = fresh();
    await send(key, 'Patient', named(key));
    await runSql(server, `UPDATE idempotency_key SET created = now() - interval '25 hours' WHERE key = '${key}'`);
    expect((await send(key, 'Patient', named('other-day'))).status).toBe(201);
    expectOutcome(await send(key, 'Patient', named(key)), 422);
  });
});

describe('a transaction with an Idempotency-Key', () => {
  it('is answered a second time as at first, and carried out once', async () => {
    const key = fresh();
    const bundle = aBundle('transaction', posting(key), putting(key, key));
    const [first, second] = [await send(key, '', bundle), await send(key, '', bundle)];
    expect(first.status).toBe(200);
    expect(second.text).toBe(first.text);
    expect(await countOf(key)).toBe(2);
    const { body } = await send(key, '', bundle, { prefer: 'return=representation' });
    expect(body.entry[0].resource.name).toEqual([{ family: key }]);
    expectOutcome(await send(key, '', aBundle('transaction', posting(key))), 422, /another request/);
    const headers = { 'idempotency-key': key };
    const narrower = server.token('user/*.cruds', { clearance: 'N' });
    expectOutcome(await server.call('POST', '', { token: narrower, body: bundle, headers }), 422, /something else/);
    expect(await countOf(key)).toBe(2);
  });

  it('runs once when it comes many times at once', async () => {
    const key = fresh();
    const bundle = aBundle('transaction', posting(key), posting(key));
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(key, '', bundle)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await countOf(key)).toBe(2);
  });

  it('that failed is carried out when it is put right', async () => {
    const key = fresh();
    const wrong = aBundle('transaction', posting(key), { request: { method: 'GET', url: 'Patient/nobody' } });
    expectOutcome(await send(key, '', wrong), 404);
    expect((await send(key, '', aBundle('transaction', posting(key)))).status).toBe(200);
    expect(await countOf(key)).toBe(1);
  });
});

describe('a batch with an Idempotency-Key', () => {
  const statuses = ({ body }: Answer) =>
    body.entry.map(({ response }: JsonObject) => (response as JsonObject)['status']);

  it('is answered a second time as at first, each entry carried out once', async () => {
    const key = fresh();
    await server.call('PUT', `Patient/${key}-gone`, { token: all, body: { ...named('gone'), id: `${key}-gone` } });
    const condition = { method: 'POST', url: 'Patient', ifNoneExist: `family=${key}&_id=${key}` };
    const bundle = aBundle(
      'batch',
      posting(key),
      putting(key, key),
      { request: { method: 'DELETE', url: `Patient/${key}-gone` } },
      { request: { method: 'GET', url: `Patient/${key}` } },
      { ...posting(key), request: condition },
    );
    const [first, second] = [await send(key, '', bundle), await send(key, '', bundle)];
    expect([first.status, statuses(first)]).toEqual([
      200,
      ['201 Created', '201 Created', '204 No Content', '200 OK', '200 OK'],
    ]);
    expect(second.text).toBe(first.text);
    expect(await countOf(key)).toBe(2);
    const { body } = await send(key, '', bundle, { prefer: 'return=representation' });
    expect(body.entry[0].resource.name).toEqual([{ family: key }]);
    expectOutcome(await send(key, '', aBundle('batch', posting(key))), 422, /another request/);
  });

  it('tries again what failed, and only that', async () => {
    const key = fresh();
    const later = {
      request: { method: 'PUT', url: `Patient/${key}`, ifMatch: 'W/"1"' },
      resource: { ...named(key), id: key },
    };
    const bundle = aBundle('batch', posting(key), later);
    expect(statuses(await send(key, '', bundle))[0]).toBe('201 Created');
    await server.call('PUT', `Patient/${key}`, { token: all, body: { ...named('before'), id: key } });
    expect(statuses(await send(key, '', bundle))).toEqual(['201 Created', '200 OK']);
    expect(statuses(await send(key, '', bundle))).toEqual(['201 Created', '200 OK']);
    expect(await countOf(key)).toBe(2);
  });

  it('runs once when it comes many times at once', async () => {
    const key = fresh();
    const bundle = aBundle('batch', posting(key), posting(key));
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(key, '', bundle)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await countOf(key)).toBe(2);
  });

  it('is judged again', async () => {
    const key = fresh();
    const bundle = aBundle('batch', posting(key));
    await send(key, '', bundle);
    const headers = { 'idempotency-key': key };
    const answer = await server.call('POST', '', { token: server.token('user/Patient.rs'), body: bundle, headers });
    expect(statuses(answer)).toEqual(['403 Forbidden']);
    const narrower = server.token('user/*.cruds', { clearance: 'N' });
    const other = await server.call('POST', '', { token: narrower, body: bundle, headers });
    expect(statuses(other)[0]).toMatch(/^422 /);
    expect(other.text).not.toContain('/Patient/');
  });

  it('goes on where a token that grants more is needed for the rest', async () => {
    const key = fresh();
    const bundle = aBundle('batch', posting(key), {
      request: { method: 'POST', url: 'Organization' },
      resource: { resourceType: 'Organization', name: key },
    });
    const headers = { 'idempotency-key': key };
    const ask = async (scope: string) =>
      statuses(await server.call('POST', '', { token: server.token(scope), body: bundle, headers }));
    expect(await ask('user/Patient.cruds')).toEqual(['201 Created', '403 Forbidden']);
    expect(await ask('user/Patient.cruds user/Organization.c')).toEqual(['201 Created', '201 Created']);
    expect(await countOf(key)).toBe(1);
  });
});

describe('a Binary with an Idempotency-Key', () => {
  const upload = (key: string, bytes: string, headers = {}) =>
    server.call('POST', 'Binary', {
      token: all,
      body: bytes,
      headers: { 'content-type': 'text/plain', 'idempotency-key': key, ...headers },
    });
  const binaries = async () => (await runSql(server, `SELECT FROM resource WHERE type = 'Binary'`)).length;
  const contents = async () => (await runSql(server, 'SELECT DISTINCT content_id FROM binary_content')).length;

  it.each([
    ['small', 'some text'],
    ['large', 'x'.repeat(3_000_000)],
  ])('is stored once: %s', async (_name, bytes) => {
    const key = fresh();
    const before = [await binaries(), await contents()];
    const [first, second] = [await upload(key, bytes), await upload(key, bytes)];
    expect(first.status, first.text).toBe(201);
    expect(headersOf(second)).toEqual(headersOf(first));
    expect(await binaries()).toBe(before[0]! + 1);
    expect(await contents()).toBe(before[1]! + (bytes.length > 1_000_000 ? 1 : 0));
    expectOutcome(await upload(key, `${bytes}!`), 422, /another request/);
    expectOutcome(await upload(key, bytes, { 'x-security-context': 'Patient/p1' }), 422, /another request/);
    expect(await contents()).toBe(before[1]! + (bytes.length > 1_000_000 ? 1 : 0));
    const read = await server.call('GET', first.headers['location']!.replace(/^.*(?=Binary)/, ''), {
      token: all,
      headers: { accept: 'text/plain' },
    });
    expect(read.text).toBe(bytes);
  });

  it('is stored once as a resource too', async () => {
    const key = fresh();
    const [first, second] = [await send(key, 'Binary', aBinary()), await send(key, 'Binary', aBinary())];
    expect(first.status).toBe(201);
    expect(headersOf(second)).toEqual(headersOf(first));
    expectOutcome(await send(key, 'Binary', aBinary({ contentType: 'text/x-other' })), 422, /another request/);
  });
});

describe('an Idempotency-Key', () => {
  it.each(['', 'a b', 'x'.repeat(256)])('has to be one: "%s"', async (key) => {
    expectOutcome(await send(key, 'Patient', named('x')), 400, /Idempotency-Key/);
  });
});
