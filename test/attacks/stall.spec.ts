// ADR 47: a process or a database that stood still makes no refusal, and lets nobody do what policies forbid
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { shareOf } from '../support/full.js';
import { expectOutcome } from '../support/outcome.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { type HttpAnswer, ServerProcess } from '../support/server-process.js';
import { severable, type SeverableDatabase } from '../support/severed-database.js';

/** Longer than policies and revocations are believed. */
const stall = 6000;

const transactionOf = (count: number, name: string): object => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: Array.from({ length: count }, (_, n) => ({
    resource: { resourceType: 'Patient', id: `${name}-${n}`, name: [{ family: name }] },
    request: { method: 'PUT', url: `Patient/${name}-${n}` },
  })),
});

describe('a process that stands still', () => {
  let database: FreshDatabase;
  let server: ServerProcess;
  /** Holds locks; the second one looks on. */
  let other: Client;
  let second: Client;
  let token: string;

  beforeAll(async () => {
    database = await freshDatabase();
    server = await ServerProcess.start(database);
    [other, second] = [new Client(database.connection), new Client(database.connection)];
    await Promise.all([other.connect(), second.connect()]);
    token = (await server.logIn()).access;
  });
  afterAll(async () => {
    await server.kill();
    await Promise.all([other.end(), second.end()]);
    await database.drop();
  });

  const send = (bundle: object): Promise<HttpAnswer> => server.call('POST', '', token, bundle);
  const stored = async (name: string): Promise<number> => {
    const text = `SELECT count(*)::int AS count FROM resource WHERE type = 'Patient' AND id LIKE $1`;
    return (await second.query<{ count: number }>(text, [`${name}-%`])).rows[0]!.count;
  };

  async function standStill(meanwhile: () => Promise<unknown> = async () => undefined): Promise<void> {
    process.kill(server.pid, 'SIGSTOP');
    try {
      await meanwhile();
      await sleep(stall);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  }

  /** Stops the process while the rows of its transaction are being stored, and lets these be stored meanwhile. */
  async function standStillWhileStoring(meanwhile?: () => Promise<unknown>): Promise<void> {
    await vi.waitFor(async () => expect(await waiting()).toBeGreaterThan(0), { timeout: 60_000, interval: 20 });
    await standStill(async () => {
      await meanwhile?.();
      await other.query('ROLLBACK');
    });
  }

  const waiting = async (): Promise<number> =>
    (
      await second.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'INSERT INTO'`,
      )
    ).rowCount ?? 0;

  it.each(shareOf([0, 150, 400], 3))(
    '%i ms after a transaction of 3,000 was sent, does not refuse it',
    async (pause) => {
      const sent = send(transactionOf(3000, `at${pause}`));
      await sleep(pause);
      await standStill();
      expect((await sent).status).toBe(200);
      expect(await stored(`at${pause}`)).toBe(3000);
    },
  );

  it('in the middle of storing 3,000, stores them all', async () => {
    await other.query('BEGIN');
    await other.query('LOCK TABLE resource IN SHARE ROW EXCLUSIVE MODE');
    const sent = send(transactionOf(3000, 'storing'));
    await standStillWhileStoring();
    const { status, body } = await sent;
    expect([status, body.entry.length]).toEqual([200, 3000]);
  });

  it('is told afterwards what policies say by now: the transaction is decided again, and nothing of it stays', async () => {
    await other.query('BEGIN');
    await other.query('LOCK TABLE resource IN SHARE ROW EXCLUSIVE MODE');
    const sent = send(transactionOf(3000, 'forbidden'));
    await standStillWhileStoring(() =>
      storePolicy(second, { name: 'closed', rules: [{ types: ['Patient'], deny: 'Closed for the night.' }] }),
    );
    const { status, body } = await sent;
    expect(status).toBe(403);
    expect(JSON.stringify(body.issue[0])).toContain('Closed for the night');
    expect(await stored('forbidden')).toBe(0);
    expect((await server.call('GET', 'Patient/storing-0', token)).status).toBe(403);
    await storePolicy(second, { name: 'closed', rules: [] });
    await vi.waitFor(async () => expect((await server.call('GET', 'Patient/storing-0', token)).status).toBe(200), {
      timeout: 10_000,
      interval: 200,
    });
  });

  it('permits nothing by what it knew before: the first read is decided by the policies of now', async () => {
    await standStill(() =>
      storePolicy(other, { name: 'closed', rules: [{ types: ['Patient'], deny: 'Closed again.' }] }),
    );
    const { status, body } = await server.call('GET', 'Patient/storing-0', token);
    expect([status, JSON.stringify(body)]).toEqual([403, expect.stringContaining('Closed again')]);
  });
});

describe('a transaction that waits for longer than policies are believed', () => {
  let server: TestServer;
  let other: Client;

  beforeAll(async () => {
    server = await startServer();
    other = new Client(server.database.connection);
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await server.close();
  });

  const send = (name: string): Promise<Answer> =>
    server.call('POST', '', { token: server.token('user/*.cruds'), body: transactionOf(1, name) });

  /** While somebody else holds the table. */
  async function whileLocked(meanwhile: () => Promise<unknown>): Promise<void> {
    await other.query('BEGIN');
    await other.query('LOCK TABLE resource IN SHARE ROW EXCLUSIVE MODE');
    await meanwhile();
    await sleep(stall + 2000);
    await other.query('ROLLBACK');
  }

  it('is carried out where these are the same', async () => {
    let sent: Promise<Answer> | undefined;
    await whileLocked(async () => void (sent = send('waiting')));
    expect((await sent!).status).toBe(200);
  });

  it('is decided again by others, before anything of it is committed', async () => {
    let sent: Promise<Answer> | undefined;
    const second = new Client(server.database.connection);
    await second.connect();
    await whileLocked(async () => {
      sent = send('late');
      await sleep(500);
      await storePolicy(second, { name: 'late', rules: [{ types: ['Patient'], deny: 'Too late.' }] });
    });
    expectOutcome(await sent!, 403, /Too late/);
    await storePolicy(second, { name: 'late', rules: [] });
    const { rowCount } = await second.query(`SELECT FROM resource WHERE id = 'late-0'`);
    expect(rowCount).toBe(0);
    await second.end();
  });
});

/** As another server stores it. */
async function storePolicy(client: Client, policy: { readonly name: string; readonly rules: readonly object[] }) {
  const body = JSON.stringify({ description: 'For a test.', assignedTo: { everyone: true }, ...policy });
  await client.query(
    `INSERT INTO access_policy (tenant, kind, name, version, body, changed_by)
     SELECT 1, 'policy', $1, count(*) + 1, $2, 'another server' FROM access_policy WHERE kind = 'policy' AND name = $1`,
    [policy.name, policy.rules.length > 0 ? body : null],
  );
  await client.query('UPDATE access_policy_state SET generation = generation + 1 WHERE tenant = 1');
}

describe.each(['hold', 'cut'] as const)('a database that does not answer (%s)', (how) => {
  let server: TestServer;
  let line: SeverableDatabase;

  beforeAll(async () => {
    line = await severable(await freshDatabase());
    server = await startServer({ STATEMENT_TIMEOUT: '2' }, [], line);
    await call('PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1' });
    await (how === 'cut' ? line.cut() : line.hold());
    await sleep(stall);
  });
  afterAll(async () => {
    if (how === 'hold') line.release();
    await server.close();
  });

  const call = (method: string, path: string, body?: object): Promise<Answer> =>
    server.call(method, path, { token: server.token('user/*.cruds'), ...(body && { body }) });

  it.concurrent.each([
    ['GET', 'Patient/p1', undefined],
    ['GET', 'Patient?name=x', undefined],
    ['PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1', active: true }],
    ['POST', '', transactionOf(3000, 'away')],
  ])('%s %s is 503 with Retry-After and one issue, and no refusal', async (method, path, body) => {
    const answer = await call(method, path, body);
    expectOutcome(answer, 503, /access policies of this server cannot be read in its database right now/);
    expect([answer.body.issue.length, answer.body.issue[0].code]).toEqual([1, 'transient']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.text).not.toMatch(/operator|policy-refused|stored-policies/);
  });

  it('what no policy could permit is refused all the same', async () => {
    const answer = await server.call('GET', 'Patient/p1', { token: server.token('user/Observation.rs') });
    expectOutcome(answer, 403, /scope-insufficient/);
    expectOutcome(await server.call('GET', 'Patient/p1'), 401);
  });
});
