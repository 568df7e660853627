// ADR 48: nobody takes the database for himself by searching
import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CallerShares } from '../../src/database/caller-shares.js';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const observation = (patient: string, code: string): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code }] },
  subject: { reference: `Patient/${patient}` },
});

/** Observations of p1 and p2, with the codes c0 to c9; those of p2 have c10 beside. */
async function load(server: TestServer, count: number): Promise<void> {
  const token = server.token('user/*.cruds');
  const entry = (resource: object, request: object): object => ({ resource, request });
  const observations = Array.from({ length: count }, (_, n) => [
    observation('p1', `c${n % 10}`),
    observation('p2', `c${n % 11}`),
  ]);
  const body = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      ...['p1', 'p2'].map((id) => entry({ resourceType: 'Patient', id }, { method: 'PUT', url: `Patient/${id}` })),
      ...observations.flat().map((one) => entry(one, { method: 'POST', url: 'Observation' })),
    ],
  };
  const { status, text } = await server.call('POST', '', { token, body });
  if (status !== 200) throw new Error(text);
  await onDatabase(server, (client) => client.query('ANALYZE'));
}

async function onDatabase<T>(server: TestServer, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(server.database.connection);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const nested = (times: number, end: string): string => `${'patient._has:Observation:patient:'.repeat(times)}${end}`;

describe('chains of _has', () => {
  let server: TestServer;
  let ofPatient: string;
  let ofAll: string;
  const count = 600;

  beforeAll(async () => {
    // From each of 600 to each of 600, twice and more: followed one by one, no statement would end in that time.
    server = await startServer({ STATEMENT_TIMEOUT: '20', RECORD_STATEMENT_TIMEOUT: '5' });
    await load(server, count);
    ofPatient = server.token('patient/*.rs', { patient: 'p1' });
    ofAll = server.token('user/*.rs');
  });
  afterAll(() => server.close());

  const total = async (path: string, token: string): Promise<unknown> => {
    const { body, text } = await server.call('GET', `${path}&_summary=count`, { token });
    return body.total ?? text;
  };

  it.each([1, 2, 3, 4])('nested %i times, find within a record what they should, in time', async (times) => {
    expect(await total(`Observation?${nested(times, 'code=c1')}`, ofPatient)).toBe(count);
    expect(await total(`Observation?${nested(times, 'code=c10')}`, ofPatient)).toBe(0);
    expect(await total(`Observation?${nested(times, 'code=nothing')}`, ofPatient)).toBe(0);
    const page = await server.call('GET', `Observation?${nested(times, 'code=c1')}&_count=3`, { token: ofPatient });
    const matches = page.body.entry.filter((entry: { search: { mode: string } }) => entry.search.mode === 'match');
    expect([page.status, matches.length]).toEqual([200, 3]);
  });

  it('find the same for who may search everything, however they are followed', async () => {
    expect(await total(`Observation?${nested(2, 'code=c10')}`, ofAll)).toBe(count);
    expect(await total(`Observation?${nested(2, 'code=c1')}`, ofAll)).toBe(2 * count);
    for (const [id, found] of [
      ['p1', 0],
      ['p2', 1],
    ] as const) {
      const path = `Patient?_id=${id}&_has:Observation:patient:${nested(1, 'code=c10')}`;
      expect(await total(path, ofAll)).toBe(found);
    }
  });
});

describe('values of one parameter', () => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await startServer();
    await load(server, 50);
    token = server.token('user/*.rs');
  });
  afterAll(() => server.close());

  /** Beside values that match nothing. */
  const search = async (type: string, name: string, values: readonly string[], others: number): Promise<Answer> => {
    const like = values[0]!;
    const form = new URLSearchParams({
      [name]: [...values, ...Array.from({ length: others }, (_, n) => like.replace(/\w+$/, `x${n}`))].join(','),
      _summary: 'count',
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return server.call('POST', `${type}/_search`, { token, body: form.toString(), headers });
  };

  it.each([
    ['Observation', 'code', ['c1', 'c10']],
    ['Observation', 'code', ['http://loinc.org|c1', 'http://loinc.org|c10']],
    ['Observation', 'code', ['http://loinc.org|']],
    ['Observation', 'subject', ['p1']],
    ['Observation', 'subject', ['Patient/p2']],
    ['Patient', '_id', ['p1', 'p2']],
  ])('%s?%s=%j: 3,000 others beside find the same, in one statement', async (type, name, values) => {
    const alone = await search(type, name, values, 0);
    expect(alone.body.total).toBeGreaterThan(0);
    const { status, body } = await search(type, name, values, 3000);
    expect([status, body.total]).toEqual([200, alone.body.total]);
  });
});

describe('a caller who floods', () => {
  let server: TestServer;
  let other: Client;
  let flooder: string;
  let origin: string;

  beforeAll(async () => {
    server = await startServer({ DATABASE_QUEUE: '20', RECORD_STATEMENT_TIMEOUT: '8' });
    await load(server, 2);
    await server.app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${(server.app.getHttpServer().address() as AddressInfo).port}`;
    flooder = server.token('patient/*.rs', { sub: 'flooder', patient: 'p1' });
    other = new Client(server.database.connection);
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await server.close();
  });

  /** While searches of Observations wait, as if they took long. */
  async function whileSlow(work: () => Promise<void>): Promise<void> {
    await other.query('BEGIN');
    await other.query('LOCK TABLE resource_observation IN ACCESS EXCLUSIVE MODE');
    try {
      await work();
    } finally {
      await other.query('ROLLBACK');
    }
  }

  const search = (token = flooder, clientId = 'app'): Promise<Answer> =>
    server.call('GET', `Observation?status=final&_tag=${clientId}`, { token });
  const shares = (): CallerShares => server.app.get(CallerShares);

  it('is 429 beyond its share, for longer than policies are believed; nobody else notices', async () => {
    await whileSlow(async () => {
      const sent = Array.from({ length: 30 }, () => search());
      await vi.waitFor(() => expect(shares().waiting).toBeGreaterThan(5));
      const until = Date.now() + 7000;
      while (Date.now() < until) {
        const token = server.token('user/Patient.rs', { sub: `reader-${Date.now()}` });
        expect((await server.call('GET', 'Patient/p2', { token })).status).toBe(200);
        await sleep(200);
      }
      const basic = `Basic ${Buffer.from('admin:test-admin-password').toString('base64')}`;
      expect((await server.call('POST', 'login', { headers: { authorization: basic } })).status).toBe(200);
      expect((await server.call('GET', '/health/ready')).status).toBe(200);
      const refused = (await Promise.all(sent)).filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThanOrEqual(26);
      expectOutcome(refused[0]!, 429, /4 database connections that one caller may have.*CALLER_SHARE/);
      expect(refused[0]!.body.issue[0].code).toBe('throttled');
      expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(0);
    });
    expect((await search()).status).toBe(200);
  });

  it('has one share, whatever tokens and apps', async () => {
    await whileSlow(async () => {
      const tokens = Array.from({ length: 8 }, (_, n) =>
        server.token('patient/*.rs', { sub: 'flooder', patient: 'p1', client_id: `app-${n}` }),
      );
      const sent = tokens.map((token) => search(token));
      await vi.waitFor(() => expect(shares().waiting).toBe(4));
      expect(shares().size).toBe(1);
      await other.query('ROLLBACK');
      expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(tokens.map(() => 200));
    });
  });

  it('has no more by a batch: its entries take one connection in turn', async () => {
    const body = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: Array.from({ length: 50 }, () => ({ request: { method: 'GET', url: 'Observation?status=final' } })),
    };
    await whileSlow(async () => {
      const sent = Array.from({ length: 3 }, () => server.call('POST', '', { token: flooder, body }));
      await vi.waitFor(async () => expect(await running()).toBe(3));
      expect(shares().waiting).toBe(0);
      await other.query('ROLLBACK');
      for (const answer of await Promise.all(sent)) expect(answer.status).toBe(200);
    });
  });

  it('is stopped after RECORD_STATEMENT_TIMEOUT, and told so', async () => {
    await whileSlow(async () => {
      expectOutcome(await search(), 503, /for 8 s and was stopped.*RECORD_STATEMENT_TIMEOUT/);
    });
  });

  it('leaves nothing running when the client goes away', async () => {
    await whileSlow(async () => {
      const leave = new AbortController();
      const sent = fetch(`${origin}/fhir/r4/Observation?status=final`, {
        headers: { authorization: `Bearer ${flooder}` },
        signal: leave.signal,
      }).catch(() => undefined);
      await vi.waitFor(async () => expect(await running()).toBe(1));
      leave.abort();
      await sent;
      await vi.waitFor(async () => expect(await running()).toBe(0), { timeout: 3000 });
      expect(shares().size).toBe(0);
    });
  });

  /** Statements that wait for the lock. */
  const running = (): Promise<number> =>
    onDatabase(server, async (client) => {
      const text = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return (await client.query(text)).rowCount ?? 0;
    });
});
