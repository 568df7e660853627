// Issue 7: connection exhaustion
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { aPatient } from '../support/resources.js';
import { ServerProcess } from '../support/server-process.js';
import { callAs } from '../support/call-as.js';
import { OwnPostgres } from './own-postgres.js';
import { report } from './report.js';

let postgres: OwnPostgres;
let server: ServerProcess;
beforeAll(async () => {
  postgres = await OwnPostgres.start({ max_connections: '20', superuser_reserved_connections: '3' });
  await postgres.sql(`CREATE ROLE app LOGIN; ALTER DATABASE lanyard OWNER TO app;
    GRANT ALL ON ALL TABLES IN SCHEMA public TO app; GRANT ALL ON SCHEMA public TO app; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app`);
  server = await ServerProcess.start({ url: postgres.url.replace(/\/\/[^@]+@/, '//app@') });
});
afterAll(async () => {
  await server.kill();
  await postgres.stop();
});

/** Takes every connection that PostgreSQL has for ordinary users, ours included. */
async function takeAllConnections(): Promise<() => Promise<void>> {
  const taken: pg.Client[] = [];
  for (;;) {
    const client = new pg.Client({ ...postgres.connection, user: 'app' });
    client.on('error', () => undefined);
    try {
      await client.connect();
      taken.push(client);
    } catch {
      break;
    }
    await postgres.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE application_name LIKE 'lanyard%' AND pid <> pg_backend_pid()`);
  }
  return async () => {
    await Promise.all(taken.map((client) => client.end()));
  };
}

it('explains with 503 that no connection is free, stays alive, and recovers by itself', async () => {
  const { access } = await server.logIn();
  const call = callAs(server.base, access);
  expect((await call('PUT', 'Patient/p1', { ...aPatient(), id: 'p1' })).status).toBe(201);
  const release = await takeAllConnections();
  const answers = await Promise.all(Array.from({ length: 30 }, () => call('GET', 'Patient/p1')));
  const wrong = answers.filter(({ status, headers }) => status !== 503 || !(Number(headers.get('retry-after')) > 0));
  expect(wrong.map(({ status, body }) => [status, body])).toEqual([]);
  const text = JSON.stringify(answers[0]!.body);
  expect(text).toContain('OperationOutcome');
  expect(text).not.toMatch(/remaining connection|too many clients|postgres/i);
  expect((await fetch(new URL('/health/live', server.base))).status).toBe(200);
  expect((await fetch(new URL('/health/ready', server.base))).status).toBe(503);
  await release();
  await vi.waitFor(async () => expect((await call('GET', 'Patient/p1')).status).toBe(200), { timeout: 15_000 });
  expect((await fetch(new URL('/health/ready', server.base))).status).toBe(200);
  report('every connection of PostgreSQL taken', '30 reads answered 503 with the reason, alive, recovered; 0 lost');
});
