// A statement that takes too long is stopped, and the answer names the setting
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { shareOf } from '../support/full.js';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
let other: Client;

beforeAll(async () => {
  // Making AuditEvents in the background would wait for the same locks.
  server = await startServer({ STATEMENT_TIMEOUT: '1', AUDIT: 'off' });
  all = server.token('user/*.cruds');
  other = new Client(server.database.connection);
  await other.connect();
  await send('PUT', 'Patient/slow', { resourceType: 'Patient', id: 'slow' });
});
afterAll(async () => {
  await other.end();
  await server.close();
});

const send = (method: string, path: string, body?: object | string): Promise<Answer> =>
  server.call(method, path, { token: all, ...(body !== undefined && { body }) });

const change = { resourceType: 'Patient', id: 'slow', active: true };
const bundle = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [{ resource: change, request: { method: 'PUT', url: 'Patient/slow' } }],
};

/** While somebody else holds the table, and again when it is free. */
async function whileLocked(lock: string, work: () => Promise<void>): Promise<void> {
  await other.query('begin');
  try {
    await other.query(lock);
    await work();
  } finally {
    await other.query('rollback');
  }
}

/** Transactions and statements under way of anybody else, by connection and start; autovacuum is nobody's. */
const busy = async (): Promise<readonly string[]> => {
  const { rows } = await other.query<{ work: string }>(
    `select pid || ' since ' || coalesce(xact_start, query_start) as work from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and backend_type = 'client backend'`,
  );
  return rows.map(({ work }) => work);
};

/** Until somebody waits for the lock. */
const isAwaited = (): Promise<void> =>
  vi.waitFor(
    async () => {
      const { rowCount } = await other.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(rowCount).toBe(1);
    },
    { timeout: 10_000, interval: 10 },
  );

const stored = async (): Promise<unknown> =>
  (await other.query('select id, version from resource union all select id, version from resource_history')).rows;

it.each(
  shareOf<readonly [string, string, object | undefined]>(
    [
      ['GET', 'Patient/slow', undefined],
      ['GET', 'Patient?_count=5', undefined],
      ['POST', 'Patient', { resourceType: 'Patient' }],
      ['DELETE', 'Patient/slow', undefined],
      ['PUT', 'Patient/slow', change],
      ['POST', '', bundle],
    ],
    2,
  ),
)('%s %s is 503, names the setting, and leaves neither work nor connections behind', async (method, path, body) => {
  const before = await stored();
  await whileLocked('lock table resource in access exclusive mode', async () => {
    // More than the pool has connections.
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(method, path, body)));
    for (const answer of answers.slice(0, 10))
      expectOutcome(answer, 503, /for 1 s and was stopped; nothing was stored.*STATEMENT_TIMEOUT/);
    // The server itself goes on to ask for jobs and definitions: what counts is that nothing of now stays.
    const now = new Set(await busy());
    const left = async (): Promise<readonly string[]> => (await busy()).filter((work) => now.has(work));
    await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 10_000 });
  });
  expect(await stored()).toEqual(before);
  expect((await send('GET', 'Patient/slow')).body.meta.versionId).toBe('1');
});

it('a batch says 503 for the entry', async () => {
  await whileLocked(`select from resource where id = 'slow' for update`, async () => {
    const answer = await send('POST', '', { ...bundle, type: 'batch' });
    expect(answer.body.entry[0].response.status).toMatch(/^503/);
  });
});

it('what is faster than that is not disturbed', async () => {
  let sent!: Promise<Answer>;
  await whileLocked(`select from resource where id = 'slow' for update`, async () => {
    sent = send('PUT', 'Patient/slow', change);
    await isAwaited();
  });
  const update = await sent;
  expect([update.status, update.body.meta.versionId]).toEqual([200, '2']);
});
