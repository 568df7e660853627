// Each process on a database is listed by the others, and one that dies is told as lost (docs/adr/0138)
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rowsOf } from '../support/connection.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

interface Listed {
  readonly id: string;
  readonly pid: number;
  readonly state: string;
  readonly version: string;
  readonly migration: string;
  readonly answers: boolean;
  readonly load: Readonly<Record<string, number>>;
}

let database: FreshDatabase;
const servers: ServerProcess[] = [];
beforeAll(async () => {
  database = await freshDatabase();
  for (let i = 0; i < 2; i++) servers.push(await ServerProcess.start(database));
}, 180_000);
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await database.drop();
});

async function listOf(server: ServerProcess, token: string): Promise<readonly Listed[]> {
  const answer = await fetch(`${server.origin}/admin/replicas`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { readonly replicas: readonly Listed[] }).replicas;
}

const briefly = { timeout: 60_000, interval: 250 };

describe('two processes on one database', () => {
  it('list each other with version, migration, readiness and load', async () => {
    const [first, second] = servers as [ServerProcess, ServerProcess];
    const { access } = await first.logIn();
    for (const server of [first, second]) {
      const found = await vi.waitFor(async () => {
        const listed = await listOf(server, access);
        expect(listed.map(({ pid }) => pid)).toEqual([first.pid, second.pid]);
        return listed;
      }, briefly);
      expect(found.map(({ state }) => state)).toEqual(['ok', 'ok']);
      expect(found.map(({ answers }) => answers)).toEqual([server === first, server === second]);
      expect(new Set(found.map(({ version, migration }) => `${version} ${migration}`)).size).toBe(1);
      expect(found[0]!.migration).toMatch(/\d{13}$/);
      for (const { load } of found) {
        expect(load['memory']).toBeGreaterThan(10_000_000);
        expect(load['poolSize']).toBeGreaterThan(0);
        expect(load['requestsPerSecond']).toBeGreaterThanOrEqual(0);
      }
    }
  }, 120_000);

  it('tell of one that was killed that it is lost, and forget it after an hour', async () => {
    const [first, second] = servers as [ServerProcess, ServerProcess];
    const { access } = await first.logIn();
    await second.kill('SIGKILL');
    await vi.waitFor(async () => {
      const listed = await listOf(first, access);
      expect(listed.map(({ pid, state }) => [pid, state])).toEqual([
        [first.pid, 'ok'],
        [second.pid, 'lost'],
      ]);
    }, briefly);
    await rowsOf(
      database.connection,
      `UPDATE server_process SET seen = seen - interval '1 hour' WHERE pid = ${second.pid}`,
    );
    expect((await listOf(first, access)).map(({ pid }) => pid)).toEqual([first.pid]);
  }, 120_000);

  it('no more list one that has stopped', async () => {
    const [first] = servers as [ServerProcess, ServerProcess];
    const another = await ServerProcess.start(database);
    servers[1] = another;
    const { access } = await another.logIn();
    expect((await listOf(another, access)).map(({ pid }) => pid)).toContain(first.pid);
    expect(await first.kill('SIGTERM')).toBe(0);
    expect((await listOf(another, access)).map(({ pid }) => pid)).toEqual([another.pid]);
  }, 120_000);
});
