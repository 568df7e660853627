// Issue 7: more work than the server can do, floods of bad credentials, a new password of the database
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Pool, type PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { CallerShares } from '../../src/database/caller-shares.js';
import { poolOf } from '../../src/database/pool-of.js';
import { expectOutcome } from '../support/outcome.js';
import { ServerProcess } from '../support/server-process.js';
import { startServer, type TestServer } from '../support/server.js';

describe('a queue for the database that is full', () => {
  const queue = 50;
  let server: TestServer;
  let pool: Pool;
  let held: PoolClient[];

  beforeAll(async () => {
    // More than the server waits for on its own account.
    server = await startServer({ DATABASE_QUEUE: String(queue) });
    pool = poolOf(server.app.get(DataSource));
    // How long one may wait is another limit.
    pool.options.connectionTimeoutMillis = 60_000;
    held = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  });
  afterAll(() => server.close());

  it('turns requests away with 503 and Retry-After, answers probes, and loses nothing that waited', async () => {
    const token = server.token('user/*.rs');
    const callers = ['user-1', 'user-2', 'user-3'].map((sub) => server.token('user/*.rs', { sub }));
    const waiting = callers.map((caller) => server.call('GET', 'Patient/nobody', { token: caller }));
    await vi.waitFor(() => expect(server.app.get(CallerShares).size).toBe(3), { timeout: 20_000 });
    const others = Array.from({ length: queue + 1 }, async () => (await pool.connect()).release());
    const away = await server.call('GET', 'Patient/nobody', { token });
    expectOutcome(away, 503, /too busy/);
    expect(away.body.issue[0].code).toBe('throttled');
    expect(Number(away.headers['retry-after'])).toBeGreaterThan(0);
    const oauth = await server.call('POST', '/oauth2/token');
    expect([oauth.status, oauth.body.error]).toEqual([503, 'temporarily_unavailable']);
    expect((await server.call('GET', '/health/live')).status).toBe(200);
    for (const client of held) client.release();
    await Promise.all(others);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await server.call('GET', 'Patient/nobody', { token })).status).toBe(404);
  });
});

describe('a flood of bad credentials', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ AUTH_FAILURE_RATE: '1' });
  });
  afterAll(() => server.close());
  afterEach(() => vi.restoreAllMocks());

  it('is 429 unread after a while; whoever was known goes on, and others soon', async () => {
    const [known, other] = [server.token('user/*.rs'), server.token('user/*.rs')];
    const get = (token: string) => server.call('GET', 'Patient/nobody', { token });
    expect((await get(known)).status).toBe(404);
    // The time that requests take here gives no tries back.
    let now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const statuses: number[] = [];
    for (let i = 0; i < 30; i++) statuses.push((await get(`made-up-${i}`)).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    const refused = await get('made-up');
    expectOutcome(refused, 429, /Wait 1 s/);
    expect(refused.body.issue[0]).toMatchObject({
      code: 'throttled',
      details: { coding: [{ code: 'too-many-attempts' }] },
    });
    expect(refused.headers['retry-after']).toBe('1');
    expect((await get(known)).status).toBe(404);
    expect((await get(other)).status).toBe(429);
    now += 1500;
    expect((await get(other)).status).toBe(404);
  });
});

describe('a new password of the database', () => {
  it('counts without a restart: from the file, for each new connection', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lanyard-password-'));
    await chmod(folder, 0o711);
    const postgres = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined, settings: { fsync: 'off' } });
    const admin = new Client(postgres.connection);
    await admin.connect();
    const hba = join(folder, 'postgres/pg_hba.conf');
    const rules = await readFile(hba, 'utf8');
    await writeFile(hba, 'local all changing scram-sha-256\n');
    await appendFile(hba, rules);
    await admin.query('SELECT pg_reload_conf()');
    await admin.query(`CREATE ROLE changing LOGIN PASSWORD 'first password'`);
    await admin.query('CREATE DATABASE clinic OWNER changing');
    const file = join(folder, 'password');
    await writeFile(file, 'first password\n');
    const host = encodeURIComponent(String(postgres.connection.host));
    const server = await ServerProcess.start(
      { url: `postgres://changing@/clinic?host=${host}` },
      { DATABASE_PASSWORD_FILE: file },
    );
    const { access } = await server.logIn();
    const read = async (): Promise<number> => (await server.call('GET', 'Patient/nobody', access)).status;
    expect(await read()).toBe(404);

    await admin.query(`ALTER ROLE changing PASSWORD 'second password'`);
    // Returns when they have ended, 30 s at most.
    await admin.query(`SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE usename = 'changing'`);
    // Who has the old one yet is not told so: the password may be about to come.
    expect(await read()).toBe(503);
    await writeFile(file, 'second password\n');
    expect(await read()).toBe(404);
    expect(server.said).not.toMatch(/password"|second password/);

    expect(await server.kill('SIGTERM')).toBe(0);
    await admin.end();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
});
