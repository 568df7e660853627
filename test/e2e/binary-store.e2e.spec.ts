// docs/extensions/parts.md, BINARY_STORE: contents of Binaries lie elsewhere, and access to them stays with the row
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { BinaryContents } from '../../src/fhir/storage/binary/binary-contents.js';
import { partSize } from '../../src/fhir/storage/binary/binary-parts.js';
import { BINARY_STORE } from '../../src/fhir/storage/binary/binary-store.js';
import { MemoryBinaryStore } from '../support/memory-binary-store.js';
import { aPatient } from '../support/resources.js';
import { hasS3Server, s3Credentials, S3Server } from '../support/s3-server.js';
import { startServer, type TestServer } from '../support/server.js';

const store = new MemoryBinaryStore();
const large = randomBytes(2 * partSize + 17);
const other = randomBytes(partSize + 1);
let server: TestServer;
let client: pg.Client;
beforeAll(async () => {
  const parts = [{ provide: BINARY_STORE, useValue: store }];
  server = await startServer({}, [FhirModule.forFeature({ name: '@acme/store', parts })]);
  client = new pg.Client(server.database.connection);
  await client.connect();
});
afterEach(() => {
  store.fault = 'none';
});
afterAll(async () => {
  await client.end();
  await server.close();
});

const all = () => server.token('user/*.cruds');
const rows = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows;
const uploads = async () => (await rows('SELECT content_id FROM binary_upload')).length;

async function send(path: string, payload: Buffer, headers: Readonly<Record<string, string>> = {}, to = server) {
  const method = path === 'Binary' ? 'POST' : 'PUT';
  return to.app.inject({
    method,
    url: `/fhir/r4/${path}`,
    headers: { authorization: `Bearer ${to.token('user/*.cruds')}`, 'content-type': 'image/png', ...headers },
    payload,
  });
}

const fetchFrom = (of: TestServer, path: string, token: string, headers: Readonly<Record<string, string>> = {}) =>
  of.app.inject({
    method: 'GET',
    url: `/fhir/r4/${path}`,
    headers: { authorization: `Bearer ${token}`, accept: 'image/*', ...headers },
  });
const fetchContent = (path: string, headers?: Readonly<Record<string, string>>) =>
  fetchFrom(server, path, all(), headers);

describe('a content', () => {
  it('lies in the store and not in the database, and comes back whole and in parts', async () => {
    expect((await send('Binary/b1', large)).statusCode).toBe(201);
    expect([...store.contents.values()].map(({ length }) => length)).toEqual([large.length]);
    expect(await rows('SELECT FROM binary_content')).toEqual([]);
    expect(await uploads()).toBe(0);
    expect((await fetchContent('Binary/b1')).rawPayload.equals(large)).toBe(true);
    const part = await fetchContent('Binary/b1', { range: `bytes=${partSize - 1}-${partSize + 1}` });
    expect([part.statusCode, part.rawPayload.equals(large.subarray(partSize - 1, partSize + 2))]).toEqual([206, true]);
    const whole = await fetchContent('Binary/b1', { accept: 'application/fhir+json' });
    expect(whole.json<{ data: string }>().data === large.toString('base64')).toBe(true);
  });

  it('stays with its version, and with edits', async () => {
    await send('Binary/b2', large);
    await send('Binary/b2', other);
    const patch = [{ op: 'add', path: '/language', value: 'de' }];
    const edited = await server.call('PATCH', 'Binary/b2', {
      token: all(),
      body: JSON.stringify(patch),
      headers: { 'content-type': 'application/json-patch+json' },
    });
    expect(edited.status).toBe(200);
    const found = await Promise.all([1, 2, 3].map((version) => fetchContent(`Binary/b2/_history/${version}`)));
    expect(found.map(({ rawPayload }) => rawPayload.length)).toEqual([large.length, other.length, other.length]);
  });

  it('is as far away as its row', async () => {
    const token = server.token('patient/*.rs', { patient: 'p1' });
    const admin = all();
    for (const id of ['p1', 'p2']) await server.call('PUT', `Patient/${id}`, { token: admin, body: aPatient({ id }) });
    await send('Binary/mine', large, { 'x-security-context': 'Patient/p1' });
    await send('Binary/theirs', large, { 'x-security-context': 'Patient/p2' });
    expect((await fetchFrom(server, 'Binary/mine', token)).rawPayload.equals(large)).toBe(true);
    expect((await fetchFrom(server, 'Binary/theirs', token)).statusCode).toBe(404);
  });

  it('from before there was a store is read where it is', async () => {
    const content = new BinaryContents(Reflect.get(server.app.get(BinaryContents), 'session') as never);
    const kept = await content.store([large]);
    if (Buffer.isBuffer(kept)) throw new Error('it is no large content');
    await send('Binary/old', large);
    await rows(`UPDATE binary_version SET content_id = '${kept.contentId}' WHERE id = 'old'`);
    const before = store.contents.size;
    store.fault = 'read';
    expect((await fetchContent('Binary/old')).rawPayload.equals(large)).toBe(true);
    expect(store.contents.size).toBe(before);
    await rows(`DELETE FROM binary_upload`);
  });
});

describe('a store that fails', () => {
  it.each(['write', 'lie'] as const)('at storing (%s) leaves no version and no garbage: 503', async (fault) => {
    const before = [...store.contents.keys()];
    store.fault = fault;
    const answer = await send(`Binary/no-${fault}`, large);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(answer.body).toContain('The store memory');
    expect(answer.body).not.toContain('/secret');
    expect((await fetchContent(`Binary/no-${fault}`)).statusCode).toBe(404);
    expect([...store.contents.keys()]).toEqual(before);
    expect(await uploads()).toBe(0);
  });

  it('at reading is 503', async () => {
    await send('Binary/b3', large);
    store.fault = 'read';
    const answer = await fetchContent('Binary/b3');
    expect([answer.statusCode, answer.body.includes('/secret')]).toEqual([503, false]);
  });

  it.each(['cut', 'more'] as const)('and hands out another length (%s) is no answer', async (fault) => {
    await send('Binary/b4', large);
    store.fault = fault;
    const small = await fetchContent('Binary/b4', { range: 'bytes=10-200010' });
    expect([small.statusCode, small.rawPayload.length]).toEqual([503, small.body.length]);
    // What has begun can only be broken off.
    const begun = fetchContent('Binary/b4', { range: `bytes=10-${partSize + 200_010}` });
    await expect(begun.then(({ rawPayload }) => rawPayload.length)).rejects.toThrow(
      /destroyed|aborted|does not answer/,
    );
  });

  it('at removing leaves what cleaning finds', async () => {
    store.fault = 'remove';
    const contents = server.app.get(BinaryContents);
    const kept = await contents.store([large]);
    if (Buffer.isBuffer(kept)) throw new Error('it is no large content');
    await contents.discard(kept);
    expect(await rows(`SELECT FROM binary_upload WHERE content_id = '${kept.contentId}'`)).toHaveLength(1);
    store.fault = 'none';
    await contents.discardOld();
    expect(store.contents.has(kept.contentId)).toBe(true);
    await rows(`UPDATE binary_upload SET began = began - interval '25 hours'`);
    await contents.discardOld();
    expect(store.contents.has(kept.contentId)).toBe(false);
    expect(await uploads()).toBe(0);
  });
});

describe('garbage', () => {
  it('of a server that stopped between the upload and its version is found; what a version has is not touched', async () => {
    await send('Binary/b5', large);
    const contents = server.app.get(BinaryContents);
    const [left, linked] = [
      await contents.store([large]),
      await rows(`SELECT content_id FROM binary_version WHERE id = 'b5'`),
    ];
    if (Buffer.isBuffer(left)) throw new Error('it is no large content');
    // As if the answer to its commit had been lost.
    await contents.discard({ contentId: String(linked[0]!['content_id']) });
    expect((await fetchContent('Binary/b5')).rawPayload.equals(large)).toBe(true);
    await rows(`UPDATE binary_upload SET began = began - interval '25 hours'`);
    await contents.discardOld();
    expect(store.contents.has(left.contentId)).toBe(false);
    expect((await fetchContent('Binary/b5')).statusCode).toBe(200);
  });

  it('is stored no further once the upload was given up', async () => {
    const contents = server.app.get(BinaryContents);
    async function* slowly() {
      yield randomBytes(2 * partSize);
      await rows('DELETE FROM binary_upload');
      yield randomBytes(2 * partSize);
    }
    const before = store.contents.size;
    await expect(contents.store(slowly())).rejects.toMatchObject({ status: 408 });
    expect(store.contents.size).toBe(before);
  });

  it('is what erasing leaves: the store has nothing of it an hour later', async () => {
    await server.call('PUT', 'Patient/erased', { token: all(), body: aPatient({ id: 'erased' }) });
    await send('Binary/erased', large, { 'x-security-context': 'Patient/erased' });
    const [link] = await rows(`SELECT content_id FROM binary_version WHERE id = 'erased'`);
    const token = server.token('user/*.cruds admin/Data.d');
    const purged = await server.call('POST', 'Patient/erased/$purge', { token, body: { resourceType: 'Parameters' } });
    expect(purged.status, purged.text).toBe(200);
    expect((await fetchContent('Binary/erased')).statusCode).toBe(404);
    await server.app.get(BinaryContents).discardOld();
    expect(store.contents.has(String(link!['content_id']))).toBe(false);
    expect(await rows(`SELECT FROM binary_version WHERE id = 'erased'`)).toEqual([]);
  });
});

describe.runIf(hasS3Server)('a bucket', () => {
  let s3: S3Server;
  let beside: TestServer;
  let forget: () => void;
  beforeAll(async () => {
    forget = s3Credentials();
    s3 = await S3Server.start();
    beside = await startServer({ BINARY_STORE: `s3://${s3.bucket}/fhir/r4`, BINARY_STORE_ENDPOINT: s3.endpoint });
  });
  afterAll(async () => {
    await beside.close();
    await s3.close();
    forget();
  });

  it('holds contents of several objects, by settings alone', async () => {
    const huge = randomBytes(9 * 2 ** 20);
    expect((await send('Binary/s3', huge, {}, beside)).statusCode).toBe(201);
    expect((await s3.names()).filter((name) => name.startsWith('fhir/r4/')).length).toBeGreaterThan(1);
    const token = beside.token('user/*.rs');
    expect((await fetchFrom(beside, 'Binary/s3', token)).rawPayload.equals(huge)).toBe(true);
    const range = { range: `bytes=${8 * 2 ** 20 - 5}-${8 * 2 ** 20 + 5}` };
    const part = await fetchFrom(beside, 'Binary/s3', token, range);
    expect(part.rawPayload.equals(huge.subarray(8 * 2 ** 20 - 5, 8 * 2 ** 20 + 6))).toBe(true);
  });

  it('and a module with a store of its own do not start together', async () => {
    const parts = [{ provide: BINARY_STORE, useValue: store }];
    const features = [FhirModule.forFeature({ name: '@acme/store', parts })];
    const settings = { BINARY_STORE: 's3://bucket', BINARY_STORE_ENDPOINT: s3.endpoint };
    await expect(startServer(settings, features)).rejects.toThrow(/BINARY_STORE is set, and a module brings memory/);
  });
});
