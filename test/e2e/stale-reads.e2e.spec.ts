import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { runDoctor } from '../../src/app/doctor/run-doctor.js';
import { AppConfig } from '../../src/config/app-config.js';
import { DatabasePair } from '../support/database-pair.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, base, type CallOptions, startServer, type TestServer } from '../support/server.js';

/** docs/adr/0033: reads that accept staleness, by `Cache-Control: max-stale` (RFC 9111 section 5.2.1.2). */
let pair: DatabasePair;
let server: TestServer;
let machine: string;
const accepting = { 'cache-control': 'max-stale=60' };

beforeAll(async () => {
  pair = await DatabasePair.start();
  server = await startServer({ DATABASE_REPLICA_URLS: pair.standbyUrl }, [], pair.database);
  machine = server.token('system/*.cruds', { sub: 'backend', client_id: 'backend' });
});
afterAll(async () => {
  await server.close();
  await pair.stop();
});

const call = (method: string, path: string, options: Omit<CallOptions, 'token'> = {}): Promise<Answer> =>
  server.call(method, path, { token: machine, ...options });
const get = (path: string, headers: Readonly<Record<string, string>> = accepting) => call('GET', path, { headers });
const age = ({ headers }: Answer): number => Number(headers['age'] ?? NaN);

async function put(id: string, family: string): Promise<void> {
  const { status } = await call('PUT', `Patient/${id}`, { body: { ...aPatient({ name: [{ family }] }), id } });
  expect([200, 201]).toContain(status);
}

/** Until the server knows that its standby has all that was written. */
const caughtUp = (path: string): Promise<unknown> =>
  vi.waitFor(
    async () => {
      const [old, now] = [await get(path), await get(path, {})];
      expect(age(old)).toBeLessThanOrEqual(2);
      expect(old.text).toBe(now.text);
    },
    { timeout: 20_000, interval: 100 },
  );

describe('a read that accepts staleness', () => {
  beforeEach(async () => {
    await put('p', 'Before');
    await caughtUp('Patient/p');
    await pair.pauseReplay();
    await put('p', 'After');
    await put('later', 'Later');
  });
  afterEach(async () => {
    await pair.resumeReplay();
    await call('DELETE', 'Patient/later');
  });

  const family = ({ body }: Answer): unknown => (body.name ?? body.entry?.[0]?.resource.name)?.[0].family;

  it('is answered by the standby, with its age', async () => {
    const { body } = await get('Patient/p', {});
    const version = Number(body.meta.versionId);
    for (const path of ['Patient/p', 'Patient?_id=p', 'Patient/p/_history', '_history?_count=1', 'Patient/_history']) {
      const answer = await get(path);
      expect(answer.status, answer.text).toBe(200);
      expect(family(answer), path).toBe('Before');
      expect(age(answer)).toBeGreaterThanOrEqual(0);
      expect(age(answer)).toBeLessThanOrEqual(60);
    }
    const form = { body: '_id=p', headers: { ...accepting, 'content-type': 'application/x-www-form-urlencoded' } };
    for (const answer of [await get('Patient?family=Before&_include=*'), await call('POST', 'Patient/_search', form)]) {
      expect(family(answer)).toBe('Before');
      expect(age(answer)).toBeLessThanOrEqual(60);
    }
    expect(age(await get(`Patient/p/_history/${version - 1}`))).toBeLessThanOrEqual(60);
    const early = await get(`Patient/p/_history/${version}`);
    expect([early.status, age(early) <= 60]).toEqual([404, true]);
    const unknown = await get('Patient/later');
    expect([unknown.status, age(unknown) <= 60]).toEqual([404, true]);
    const head = await call('HEAD', 'Patient/p', { headers: accepting });
    expect([head.status, age(head) <= 60]).toEqual([200, true]);
  });

  it('is answered by the primary where nothing was said of staleness, or something against it', async () => {
    for (const headers of [
      {},
      { 'cache-control': 'max-age=60' },
      { 'cache-control': 'no-cache, max-stale=60' },
      { ...accepting, 'if-none-match': 'W/"0"' },
      { ...accepting, 'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT' },
    ]) {
      const answer = await get('Patient/p', headers);
      expect(family(answer)).toBe('After');
      expect(answer.headers['age']).toBeUndefined();
    }
  });

  it('is answered by the primary when the standby is older than the client takes', async () => {
    await vi.waitFor(async () => expect(age(await get('Patient/p'))).toBeGreaterThan(3), {
      timeout: 20_000,
      interval: 200,
    });
    for (const seconds of [0, 2]) {
      const answer = await get('Patient/p', { 'cache-control': `max-stale=${seconds}` });
      expect(family(answer)).toBe('After');
      expect(answer.headers['age']).toBeUndefined();
    }
  });

  it('may change the database from page to page', async () => {
    const { body } = await get('Patient?_count=1&_sort=family&_id=p,later', {});
    const next = body.link.find(({ relation }: { relation: string }) => relation === 'next').url.slice(base.length + 1);
    const second = await get(next);
    expect(second.status).toBe(200);
    expect(age(second)).toBeLessThanOrEqual(60);
    expect((await get(next, {})).body.entry[0].resource.id).toBe('later');
  });

  it('is not what writes, batches, conditions and operations are', async () => {
    const headers = accepting;
    const body = aBundle('batch', { request: { method: 'GET', url: 'Patient/p' } });
    const batch = await call('POST', '', { headers, body });
    expect(batch.headers['age']).toBeUndefined();
    expect(batch.body.entry[0].resource.name[0].family).toBe('After');
    const created = await call('PUT', 'Patient?family=After', {
      headers,
      body: { ...aPatient({ name: [{ family: 'After' }], gender: 'other' }), id: 'p' },
    });
    expect([created.status, created.headers['age']]).toEqual([200, undefined]);
    expect((await get('Patient/p/$meta')).headers['age']).toBeUndefined();
    expect((await get('AuditEvent?_count=1')).status).toBe(403);
  });

  it('has its AuditEvent in the primary', async () => {
    const answer = await get('Patient/p');
    expect(age(answer)).toBeLessThanOrEqual(60);
    const token = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const path = `AuditEvent?entity:identifier=${answer.headers['x-request-id']}`;
    const { body, headers } = await server.call('GET', path, { token, headers: accepting });
    expect(headers['age']).toBeUndefined();
    const both = server.token('system/*.rs system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const linked = await server.call('GET', 'Patient?_id=p&_revinclude=AuditEvent:entity', {
      token: both,
      headers: accepting,
    });
    expect([linked.status, linked.headers['age']]).toEqual([200, undefined]);
    expect(linked.text).toContain('AuditEvent');
    const [event, ...others] = body.entry;
    expect(others).toEqual([]);
    expect(event.resource.entity.map(({ what }: { what?: { reference?: string } }) => what?.reference)).toContain(
      `Patient/p/_history/${answer.body.meta.versionId}`,
    );
  });
});

describe('a standby', () => {
  const variables = () => ({ DATABASE_URL: pair.database.url, DATABASE_REPLICA_URLS: pair.standbyUrl });
  const examined = async (changed: Readonly<Record<string, string>> = {}): Promise<readonly string[]> =>
    (await runDoctor(new AppConfig({ ...variables(), ...changed })))
      .filter(({ group }) => group.startsWith('standby '))
      .map(({ check, status, fact }) => `${status} ${check}: ${fact}`);

  it('is looked at by the doctor', async () => {
    expect(await examined()).toEqual([
      'ok standby: It follows the database of DATABASE_URL.',
      expect.stringMatching(/^ok lag: It had what the primary had after \d\.\d\d s\.$/),
      'ok migrations: All are there.',
    ]);
    const [itself, ...others] = await examined({ DATABASE_REPLICA_URLS: pair.database.url });
    expect([itself, others.length]).toEqual([expect.stringMatching(/^failed standby: It takes writes/), 0]);
    const elsewhere = inject('postgres');
    const foreign = `postgres://${elsewhere.user}@/${elsewhere.template}?host=${encodeURIComponent(elsewhere.host)}`;
    const found = await examined({ DATABASE_REPLICA_URLS: `${foreign},postgres://nobody@127.0.0.1:1/none` });
    expect(found).toEqual([
      expect.stringMatching(/^failed standby: It is another database/),
      'warning reachable: Cannot reach the database "none" at 127.0.0.1:1: nothing listens there.',
    ]);
  });

  const ready = async (): Promise<unknown> => (await server.call('GET', '/health/ready')).body;

  it('that is away is told of, and the primary answers until it is back', async () => {
    await caughtUp('Patient/p');
    expect(await ready()).toMatchObject({ status: 'ok', standbys: 'up' });
    await pair.stopStandby();
    const answers = await Promise.all(Array.from({ length: 20 }, () => get('Patient/p')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter(({ headers }) => headers['age'] !== undefined)).toEqual([]);
    await vi.waitFor(
      async () => expect(await ready()).toMatchObject({ status: 'degraded', standbys: 'degraded' }),
      5000,
    );
    await put('p', 'Meanwhile');
    await pair.startStandby();
    await caughtUp('Patient/p');
    expect(await ready()).toMatchObject({ status: 'ok', standbys: 'up' });
  });

  it('is not read by what was defined after its time', async () => {
    const observation = { ...anObservation('Patient/p'), id: 'o' };
    expect((await call('POST', '', { body: aBundle('transaction', putting(observation)) })).status).toBe(200);
    await caughtUp('Observation/o');
    await pair.pauseReplay();
    const parameter = {
      resourceType: 'SearchParameter',
      id: 'language',
      url: 'http://own.example/language',
      name: 'Language',
      status: 'active',
      description: 'By language',
      code: 'own-language',
      base: ['Observation'],
      type: 'token',
      expression: 'Observation.language',
    };
    const token = server.token('user/*.cruds admin/Definition.cud');
    expect((await server.call('PUT', 'SearchParameter/language', { token, body: parameter })).status).toBe(201);
    await vi.waitFor(
      async () => {
        const answer = await get('Observation?own-language:missing=true', {});
        expect(answer.status, answer.text).toBe(200);
      },
      { timeout: 20_000, interval: 100 },
    );
    const answer = await get('Observation?own-language:missing=true');
    expect(answer.headers['age']).toBeUndefined();
    expect(answer.body.entry).toHaveLength(1);
    await pair.resumeReplay();
    await caughtUp('Observation?own-language:missing=true');
  });

  it('that was promoted, or is another database, is not read any more', async () => {
    await caughtUp('Patient/p');
    await pair.onStandby('SELECT pg_promote()');
    await vi.waitFor(
      async () => {
        const [row] = await pair.onStandby<{ is: boolean }>('SELECT pg_is_in_recovery() AS is');
        expect(row?.is).toBe(false);
      },
      { timeout: 20_000 },
    );
    expect((await get('Patient/p')).headers['age']).toBeUndefined();
    await vi.waitFor(async () => expect(await ready()).toMatchObject({ standbys: 'degraded' }), 5000);
  });
});
