// Issue 2, section 8: PostgreSQL stopped and back: 503, then recovery by itself
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { urlOf } from '../support/connection.js';
import { migratedTemplate } from '../../src/testing/migrated-template.js';
import { expectOutcome } from '../support/outcome.js';
import type { FreshDatabase } from '../support/postgres.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let folder: string;
let postgres: EmbeddedPostgres;
let server: TestServer;
let all: string;

const startPostgres = (): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir: folder, log: () => undefined, settings: { fsync: 'off', max_connections: '30' } });

async function databaseOfItsOwn(): Promise<FreshDatabase> {
  await migratedTemplate(postgres.connection);
  const { connection } = postgres;
  return { connection, url: urlOf(connection), drop: async () => undefined };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-away-'));
  await chmod(folder, 0o711);
  postgres = await startPostgres();
  // The outage itself is no error of the server, so nothing of it may be logged as one.
  server = await startServer({ AUTH_BASIC: 'on' }, [], await databaseOfItsOwn());
  all = server.token('user/*.cruds');
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const patient = { resourceType: 'Patient', id: 'p1' };
const send = (method: string, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, { token: all, ...(body && { body }) });
const requests: readonly { readonly method: string; readonly path: string; readonly body?: object }[] = [
  { method: 'GET', path: 'Patient/p1' },
  { method: 'HEAD', path: 'Patient/p1' },
  { method: 'GET', path: 'Patient' },
  { method: 'GET', path: 'Patient/p1/_history' },
  { method: 'GET', path: 'Patient/p1/_history/1' },
  { method: 'POST', path: 'Patient', body: { resourceType: 'Patient' } },
  { method: 'PUT', path: 'Patient/p1', body: patient },
  { method: 'DELETE', path: 'Patient/nobody' },
  {
    method: 'POST',
    path: '',
    body: { resourceType: 'Bundle', type: 'transaction', entry: [entryOf('PUT', 'Patient/p2', 'p2')] },
  },
];

function entryOf(method: string, url: string, id: string): object {
  return { resource: { resourceType: 'Patient', id }, request: { method, url } };
}

describe('when connections are cut', () => {
  it('the next requests succeed on new ones', async () => {
    expect((await send('PUT', 'Patient/p1', patient)).status).toBe(201);
    await Promise.all(Array.from({ length: 10 }, () => send('GET', 'Patient')));
    const other = new Client(postgres.connection);
    await other.connect();
    const others = 'FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
    await other.query(`SELECT pg_terminate_backend(pid) ${others}`);
    while ((await other.query(`SELECT ${others}`)).rowCount !== 0) await sleep(10);
    await other.end();
    await sleep(50);
    for (let i = 0; i < 15; i++) expect((await send('GET', 'Patient/p1')).status).toBe(200);
  });
});

describe('while PostgreSQL is stopped', () => {
  beforeAll(() => postgres.stop());

  it.each(requests)('$method $path is 503 with Retry-After', async ({ method, path, body }) => {
    const answer = await send(method, path, body);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    if (method !== 'HEAD') {
      expectOutcome(answer, 503, /database cannot answer right now/);
      expect(answer.body.issue[0].code).toBe('transient');
    }
  });

  it('a batch says 503 for each entry', async () => {
    const bundle = { resourceType: 'Bundle', type: 'batch', entry: [entryOf('PUT', 'Patient/p3', 'p3')] };
    const { status, body } = await send('POST', '', bundle);
    expect([status, body.entry[0].response.status]).toEqual([200, '503 Service Unavailable']);
  });

  it('a login, and a password on the FHIR base, are 503 and not 401', async () => {
    const headers = { authorization: `Basic ${Buffer.from('admin:whatever').toString('base64')}` };
    const login = await server.call('POST', 'login', { headers });
    expect([login.status, Number(login.headers['retry-after']) > 0]).toEqual([503, true]);
    expect(login.text).not.toMatch(/ECONN|ENOENT|connect /);
    const basic = await server.call('GET', 'Patient', { headers });
    expectOutcome(basic, 503);
    expect(Number(basic.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('what needs no database goes on: refusals, documents, $my-access', async () => {
    expectOutcome(await server.call('GET', 'Patient/p1'), 401);
    expectOutcome(await server.call('GET', 'Patient/p1', { token: server.token('openid') }), 403);
    for (const path of ['metadata', '.well-known/smart-configuration', '$my-access']) {
      expect((await send('GET', path)).status).toBe(200);
    }
  });

  it('the process lives, but is not ready', async () => {
    expect((await server.call('GET', '/health/live')).status).toBe(200);
    const ready = await server.call('GET', '/health/ready');
    expect([ready.status, ready.body]).toEqual([
      503,
      { status: 'unavailable', database: 'down', keys: 'up', index: 'up', issuers: 'up' },
    ]);
  });
});

describe('when PostgreSQL is back', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  });

  it('the server is ready without a restart, and has what it had', async () => {
    expect((await server.call('GET', '/health/ready')).status).toBe(200);
    const { status, body } = await send('GET', 'Patient/p1');
    expect([status, body.meta.versionId]).toEqual([200, '1']);
    expect((await send('GET', 'Patient/p2')).status).toBe(404);
    expect((await send('PUT', 'Patient/p2', { resourceType: 'Patient', id: 'p2' })).status).toBe(201);
  });
});

describe('writes in flight while PostgreSQL restarts', () => {
  const pair = (n: number): object => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [entryOf('PUT', `Patient/left-${n}`, `left-${n}`), entryOf('PUT', `Patient/right-${n}`, `right-${n}`)],
  });

  /** Writes one pair after the other until told to stop. */
  async function writePairs(from: number, isOver: () => boolean): Promise<ReadonlyMap<number, Answer>> {
    const answers = new Map<number, Answer>();
    for (let n = from; !isOver(); n++) {
      answers.set(n, await send('POST', '', pair(n)));
      // An outage answers fast; no need to ask thousands of times.
      if (answers.get(n)!.status !== 200) await sleep(50);
    }
    return answers;
  }

  /** Connections of before the restart may end at a read of after it. */
  const statusOf = async (path: string): Promise<number> =>
    vi.waitFor(async () => {
      const { status } = await send('GET', path);
      expect(status).not.toBe(503);
      return status;
    }, 20_000);

  it('succeed or are 503 with Retry-After; nothing is stored by half, nothing acknowledged is lost', async () => {
    let isOver = false;
    const writers = Array.from({ length: 8 }, (_, i) => writePairs(i * 100_000, () => isOver));
    await sleep(300);
    await postgres.stop();
    await sleep(300);
    postgres = await startPostgres();
    await sleep(300);
    isOver = true;
    const answers = (await Promise.all(writers)).flatMap((written) => [...written]);
    const statuses = new Set(answers.map(([, { status }]) => status));
    expect(statuses).toEqual(new Set([200, 503]));
    for (const [n, answer] of answers) {
      const [left, right] = await Promise.all(['left', 'right'].map((side) => statusOf(`Patient/${side}-${n}`)));
      expect(left).toBe(right);
      if (answer.status === 200) expect(left).toBe(200);
      else expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await send('POST', '', pair(999_999))).status).toBe(200);
  });
});
