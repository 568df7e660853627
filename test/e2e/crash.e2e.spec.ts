// Issue 2, section 8: `kill -9` during transactions: no half bundle, no acknowledged write lost.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callAs } from '../support/call-as.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { aPatient } from '../support/resources.js';
import { ServerProcess } from '../support/server-process.js';
import { WriteLoad } from '../support/write-load.js';
import { withinFiveSeconds } from '../support/within-five-seconds.js';

/** `npm run test:chaos` asks for more. */
const rounds = Number(process.env['CRASH_ROUNDS'] ?? 3);
const tag = (n: number) => ({ system: 'urn:write', value: `w-${n}` });

let database: FreshDatabase;
const running = new Set<ServerProcess>();
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  await Promise.all([...running].map((server) => server.kill()));
  await database.drop();
});

async function start(): Promise<ServerProcess> {
  const server = await ServerProcess.start(database);
  running.add(server);
  return server;
}

async function stop(server: ServerProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  await server.kill(signal);
  running.delete(server);
}

async function sql<T extends object>(statement: string): Promise<readonly T[]> {
  const client = new pg.Client(database.connection);
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('kill -9 while writing', () => {
  it(
    'loses nothing that was acknowledged, leaves no transaction in part, makes nothing twice',
    async () => {
      const load = new WriteLoad(database.connection);
      let server = await start();
      const { access } = await server.logIn();
      for (let round = 0; round < rounds; round++) {
        const finish = load.start(callAs(server.base, access));
        await delay(100 + Math.random() * 400);
        await stop(server, 'SIGKILL');
        await finish();
        // Signing keys and sessions are in the database, so the token goes on.
        server = await start();
        await load.retryUnanswered(callAs(server.base, access));
        expect(await load.faults(callAs(server.base, access))).toEqual([]);
      }
      expect(load.refused).toEqual([]);
      expect(load.versions.size).toBeGreaterThan(0);
      // Some were under way when the process died.
      expect(load.transactions.some((n) => !load.acknowledged.has(n))).toBe(true);
      await stop(server);
    },
    rounds * 40_000,
  );
});

describe('PostgreSQL ending connections while requests run', () => {
  it('makes them 503 with Retry-After at worst, and the server goes on by itself', async () => {
    await sql(`DELETE FROM resource; DELETE FROM resource_history; DELETE FROM idempotency_key`);
    const load = new WriteLoad(database.connection);
    const server = await start();
    const { access } = await server.logIn();
    const finish = load.start(callAs(server.base, access));
    for (let i = 0; i < 12; i++) {
      await delay(60);
      await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    }
    await finish();
    for (const { status, headers } of load.refused) {
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(load.acknowledged.size).toBeGreaterThan(0);
    expect((await server.call('GET', 'Patient', access)).status).toBe(200);
    await load.retryUnanswered(callAs(server.base, access));
    expect(await load.faults(callAs(server.base, access))).toEqual([]);
    await stop(server);
  });
});

describe('two servers on one database', () => {
  let servers: readonly [ServerProcess, ServerProcess];
  beforeAll(async () => {
    servers = await Promise.all([start(), start()]);
  });

  it('accept the tokens of each other, until the logout on one, within 5 s on the other', async () => {
    const [one, other] = servers;
    const { access, refresh } = await one.logIn();
    expect((await other.call('GET', 'Patient', access)).status).toBe(200);
    expect((await one.call('POST', 'logout', access, { refresh_token: refresh })).status).toBe(204);
    expect((await one.call('GET', 'Patient', access)).status).toBe(401);
    const ask = async () => (await other.call('GET', 'Patient', access)).status;
    expect(await withinFiveSeconds(ask, (status) => status !== 200)).toBe(401);
  });

  it('write the same ids without losing a version', async () => {
    const [one, other] = servers;
    const { access } = await one.logIn();
    const writes = Array.from({ length: 40 }, async (_, n) => {
      const id = `both-${n % 3}`;
      const body = { ...aPatient({ identifier: [tag(n)] }), id };
      const answer = await (n % 2 === 0 ? one : other).call('PUT', `Patient/${id}`, access, body);
      return { id, status: answer.status, version: String(answer.body.meta?.versionId), value: tag(n).value };
    });
    const written = await Promise.all(writes);
    expect(written.filter(({ status }) => status > 201)).toEqual([]);
    expect(written.filter(({ status }) => status === 201)).toHaveLength(3);
    for (const id of ['both-0', 'both-1', 'both-2']) {
      const { body } = await other.call('GET', `Patient/${id}/_history?_count=100`, access);
      const stored = body.entry.map(
        ({ resource }: { resource: { meta: { versionId: string }; identifier: [{ value: string }] } }) => [
          resource.meta.versionId,
          resource.identifier[0].value,
        ],
      );
      const answered = written.filter((answer) => answer.id === id).map(({ version, value }) => [version, value]);
      expect(new Map(stored)).toEqual(new Map(answered as [string, string][]));
      expect(stored).toHaveLength(answered.length);
    }
  });
});
