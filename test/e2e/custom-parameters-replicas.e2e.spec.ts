// Custom search parameters on several servers of one database: known everywhere within seconds, no row is missed
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { IndexJob } from '../../src/fhir/storage/indexing/index-job.js';
import { IndexJobs } from '../../src/fhir/storage/indexing/index-jobs.js';
import { isFull } from '../support/full.js';
import { aSearchParameter, extensionUrl, idsOf, parametersOf, until } from '../support/custom-parameters.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { type HttpAnswer, ServerProcess } from '../support/server-process.js';
import { withinFiveSeconds } from '../support/within-five-seconds.js';

let database: FreshDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const observation = (id: string, code: string, value: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  extension: [{ url: extensionUrl(code), valueCode: value }],
});

describe('two servers', () => {
  let servers: readonly [TestServer, TestServer];
  beforeAll(async () => {
    const kept = { ...database, drop: async () => undefined };
    servers = [await startServer({}, [], kept), await startServer({}, [], kept)];
  });
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  const send = (n: number, method: string, path: string, body?: object): Promise<Answer> => {
    const server = servers[n]!;
    return server.call(method, path, { token: server.token('user/*.cruds admin/*.cruds'), ...(body && { body }) });
  };

  it('index what either of them writes while a parameter that was posted to the first becomes known', async () => {
    const sent: string[] = [];
    const stop = new AbortController();
    // The second server does not know of the parameter at first, and must not store a row without it.
    const writing = [0, 1].map(async (n) => {
      for (let i = 0; !stop.signal.aborted && i < 2_000; i++) {
        const id = `w${n}-${i}`;
        const { status } = await send(n, 'PUT', `Observation/${id}`, observation(id, 'shift', 'night'));
        expect(status).toBe(201);
        sent.push(id);
        if (i % 10 === 9) {
          const free = await send(n, 'POST', 'Observation', observation('ignored', 'shift', 'night'));
          sent.push(free.body.id);
        }
        if (i % 7 === 6) {
          expect((await send(n, 'DELETE', `Observation/${id}`)).status).toBe(204);
          sent.pop();
        }
      }
    });
    await delay(200);
    expect((await send(0, 'PUT', 'SearchParameter/shift', aSearchParameter('shift'))).status).toBe(201);
    for (const n of [1, 0]) {
      const found = await until(
        () => send(n, 'GET', 'Observation?shift=night&_count=1'),
        ({ status }) => status === 200,
      );
      expect(idsOf(found)).toHaveLength(1);
    }
    stop.abort();
    await Promise.all(writing);
    for (const n of [0, 1]) {
      const { body } = await send(n, 'GET', 'Observation?shift=night&_summary=count');
      const { body: all } = await send(n, 'GET', 'Observation?_summary=count&_total=accurate');
      expect([n, body.total]).toEqual([n, all.total]);
      expect(body.total).toBeGreaterThan(20);
    }
    // Not one version anywhere is without it, superseded and deleted ones included.
    const without = await client.query(
      `
      SELECT type, id, version FROM (SELECT * FROM resource_observation UNION ALL SELECT * FROM resource_history_observation) AS v
      WHERE NOT EXISTS (SELECT FROM unnest(val) AS one WHERE one LIKE 'shift%')`.replaceAll(
        'SELECT *',
        'SELECT type, id, version, val',
      ),
    );
    expect(without.rows).toEqual([]);
  });

  it('forget a parameter that was deleted at the other within five seconds', async () => {
    expect((await send(0, 'DELETE', 'SearchParameter/shift')).status).toBe(204);
    await withinFiveSeconds(
      () => send(1, 'GET', 'Observation?shift=night'),
      ({ status }) => status === 400,
    );
    expect((await send(1, 'GET', 'metadata')).text).not.toContain('SearchParameter/shift');
    await vi.waitFor(async () => expect((await client.query('SELECT FROM custom_parameter')).rowCount).toBe(0), {
      timeout: 30_000,
      interval: 100,
    });
  });
});

describe('the server that indexes', () => {
  it.runIf(isFull)('is killed in the middle, and another goes on from there', async () => {
    await client.query(`DELETE FROM resource WHERE type = 'Observation'`);
    await client.query(`DELETE FROM resource_history WHERE type = 'Observation'`);
    const one = await ServerProcess.start(database);
    let other: ServerProcess | undefined;
    try {
      const { access } = await one.logIn();
      // On a machine that is short of processors a server may ask to come again (503).
      const put = async (path: string, body: object): Promise<void> => {
        const sent = () => one.call('PUT', path, access, body);
        let answer = await sent();
        for (let i = 0; answer.status === 503 && i < 20; i++) answer = await delay(500).then(sent);
        expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      };
      await put('Observation/seed', observation('seed', 'wing', 'east'));
      await client.query(`
        INSERT INTO resource SELECT (json_populate_record(r, json_build_object('id', 'o' || n))).*
        FROM resource AS r, generate_series(1, 2000) AS n WHERE r.id = 'seed'`);
      await put('SearchParameter/wing', aSearchParameter('wing'));
      const { owner } = await progress();
      await one.kill();
      const { done } = await progress();
      expect(done).toBeLessThan(2_001);
      const survivor = await ServerProcess.start(database);
      other = survivor;
      const status = (): Promise<HttpAnswer> => survivor.call('GET', 'SearchParameter/wing/$status', access);
      const asAnswer = async (): Promise<Answer> => {
        const { body, status: code } = await status();
        return { status: code, body, text: JSON.stringify(body), headers: {} };
      };
      const isOver = (answer: Answer) => answer.status !== 503 && parametersOf(answer)['state'] !== 'building';
      const active = await until(asAnswer, isOver);
      expect(parametersOf(active)['state'], active.text).toBe('active');
      const { body } = await survivor.call('GET', 'Observation?wing=east&_summary=count', access);
      expect(body.total).toBe(2_001);
      const { rows } = await client.query(
        'SELECT owner, rows_done::int AS done, attempts FROM index_job ORDER BY id DESC LIMIT 1',
      );
      // It went on from there: no row was indexed twice.
      expect(rows[0]).toMatchObject({ done: 2_001, attempts: 0 });
      expect(rows[0].owner).not.toBe(owner);
    } finally {
      await Promise.all([one.kill(), other?.kill()]);
    }
  });

  async function progress(): Promise<{ owner: string; done: number }> {
    for (let i = 0; i < 400; i++) {
      const { rows } = await client.query(
        `SELECT owner, rows_done::int AS done FROM index_job WHERE state = 'running' AND rows_done > 0`,
      );
      if (rows[0]) return rows[0];
      await delay(25);
    }
    throw new Error('No job began.');
  }
});

describe('a job', () => {
  it('verifies a sample, finds an index that is wrong, and repairs it', async () => {
    const server = await startServer({}, [], { ...database, drop: async () => undefined });
    const jobs = server.app.get(IndexJobs);
    const run = async (kind: 'reindex' | 'verify'): Promise<IndexJob> => {
      const { id } = await jobs.start(['Observation'], kind);
      return vi.waitFor(
        async () => {
          const job = await jobs.find(id);
          if (job?.state !== 'done') throw new Error(`The job is ${job?.state}.`);
          return job;
        },
        { timeout: 60_000, interval: 100 },
      );
    };
    try {
      const entry = Array.from({ length: 30 }, (_, i) => ({
        resource: observation(`v${i}`, 'verified', 'yes'),
        request: { method: 'PUT', url: `Observation/v${i}` },
      }));
      const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
      expect(
        (await server.call('POST', '', { token: server.token('user/*.cruds admin/*.cruds'), body: bundle })).status,
      ).toBe(200);
      expect(await run('verify')).toMatchObject({ state: 'done', differing: 0 });
      await client.query(`UPDATE resource_observation SET val = '{}'`);
      const wrong = await run('verify');
      expect(wrong.differing).toBe(20);
      expect(await run('reindex')).toMatchObject({ state: 'done', differing: 0, sampled: wrong.sampled });
    } finally {
      await server.close();
    }
  });
});
