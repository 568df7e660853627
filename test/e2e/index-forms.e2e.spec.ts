// Releases that index otherwise write to one database: nothing is answered wrongly, and nothing waits for a window
// (docs/adr/0029-the-schema-only-grows-within-a-release.md)
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { SearchParameter } from '../../src/r4/search/parameters/search-parameter.js';
import { isFull } from '../support/full.js';
import { lanyard } from '../support/command-line.js';
import { idsOf, until } from '../support/custom-parameters.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { ServerProcess } from '../support/server-process.js';

const ward: SearchParameter = {
  code: 'ward',
  type: 'token',
  url: 'http://example.org/fhir/SearchParameter/ward',
  base: ['Observation'],
  expression: "extension.where(url = 'http://example.org/ward').value.ofType(code)",
};

const observation = (id: string, inWard: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  extension: [{ url: 'http://example.org/ward', valueCode: inWard }],
});

let database: FreshDatabase;
let client: pg.Client;
const running: TestServer[] = [];
const processes: ServerProcess[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
  await Promise.all(processes.splice(0).map((server) => server.kill()));
  await client.end();
  await database.drop();
});

async function start(parameters: readonly SearchParameter[] = []): Promise<TestServer> {
  const features =
    parameters.length === 0 ? [] : [FhirModule.forFeature({ name: 'test', searchParameters: parameters })];
  const server = await startServer({}, features, { ...database, drop: async () => undefined });
  running.push(server);
  return server;
}

async function stop(server: TestServer): Promise<void> {
  running.splice(running.indexOf(server), 1);
  await server.close();
}

const send = (server: TestServer, method: string, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, { token: server.token('user/*.cruds admin/*.cruds'), ...(body && { body }) });
const put = async (server: TestServer, id: string, inWard: string): Promise<void> => {
  expect((await send(server, 'PUT', `Observation/${id}`, observation(id, inWard))).status).toBe(201);
};
const isAnswered = ({ status }: Answer): boolean => status !== 503;
const found = async (server: TestServer, query: string): Promise<readonly string[]> =>
  idsOf(await until(() => send(server, 'GET', query), isAnswered)).toSorted();
const readiness = async (server: TestServer): Promise<Readonly<Record<string, string>>> =>
  (await server.call('GET', '/health/ready')).body;

describe('a server that indexes more than the one beside it', () => {
  it('answers at once what both index, refuses the rest with the time to come back, and misses nothing that either writes', async () => {
    const before = await start();
    await put(before, 'early', 'a');
    const now = await start([ward]);
    const refused = await send(now, 'GET', 'Observation?ward=a');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, expect.any(String)]);
    expect(refused.body.issue[0].diagnostics).toMatch(/^ward cannot search Observation yet: .*%/);
    expect(idsOf(await send(now, 'GET', 'Observation?status=final'))).toEqual(['early']);
    expect(await readiness(now)).toMatchObject({ status: 'degraded', index: 'degraded', indexed: expect.any(String) });
    // A scope by what may be missing grants nothing: whoever must not see ward b must not see a row whose ward is unknown.
    const limited = { token: now.token('user/Observation.rs?ward=a') };
    expect((await now.call('GET', 'Observation/early', limited)).status).toBe(403);

    // Each answer has every row that was acknowledged before it was asked for, or is none.
    const written: string[] = ['early'];
    const wrong: unknown[] = [];
    for (let i = 0; i < 60; i++) {
      const id = `w${i}`;
      await put(i % 2 === 0 ? before : now, id, 'a');
      written.push(id);
      const answer = await send(now, 'GET', 'Observation?ward=a&_count=1000');
      if (answer.status !== 503 && idsOf(answer).length !== written.length) wrong.push([i, idsOf(answer).length]);
      await delay(20);
    }
    expect(wrong).toEqual([]);
    await stop(before);
    expect(await found(now, 'Observation?ward=a&_count=1000')).toEqual(written.toSorted());
    await vi.waitFor(async () => expect(await readiness(now)).toMatchObject({ status: 'ok', index: 'up' }), {
      timeout: 20_000,
    });
  });

  it('finds what the other writes after everything was indexed', async () => {
    const before = await start();
    await put(before, 'early', 'a');
    const now = await start([ward]);
    expect(await found(now, 'Observation?ward=a')).toEqual(['early']);
    await put(before, 'late', 'a');
    await send(before, 'PUT', 'Observation/early', observation('early', 'b'));
    const both = await until(
      () => send(now, 'GET', 'Observation?ward=a,b'),
      (answer) => idsOf(answer).length === 2,
    );
    expect(idsOf(both).toSorted()).toEqual(['early', 'late']);
    expect(await found(now, 'Observation?ward=b')).toEqual(['early']);
  });
});

/** As a release leaves the database that knows no forms, and whose index has another layout. */
async function makeOld(definitions = '{"urn:lanyard:index-layout": "of before"}'): Promise<void> {
  await client.query(`UPDATE search_definition SET form = '', revision = revision + 1`);
  await client.query(`UPDATE index_form SET definitions = $1 WHERE form = ''`, [definitions]);
  await client.query(`DELETE FROM other_form_rows`);
  for (const table of ['resource', 'resource_history'])
    await client.query(`UPDATE ${table} SET tok = '{}', val = '{}', str_low = '{}', str_high = '{}'`);
}

/** What such a release sends to store a copy of a resource. */
async function writeAsOld(id: string, from: string): Promise<void> {
  const { rows } = await client.query<{ generation: number }>('SELECT generation FROM search_definition');
  await client.query(
    `INSERT INTO resource SELECT (json_populate_record(r,
       json_build_object('id', $1::text, 'body', replace(r.body, $2, $1), 'tok', ARRAY[]::bigint[], 'val', ARRAY[]::text[]))).*
     FROM resource AS r WHERE r.id = $2 AND (SELECT lanyard_fence($3::integer))`,
    [id, from, rows[0]!.generation],
  );
}

describe('a release with another layout of the index', () => {
  it('reads and writes at once, refuses searches and what criteria limit, and finds everything afterwards', async () => {
    const first = await start();
    await put(first, 'early', 'a');
    await stop(first);
    await makeOld('{"urn:lanyard:index-layout": "4", "urn:lanyard:access-layout": "1"}');
    const now = await start();
    expect((await send(now, 'GET', 'Observation/early')).status).toBe(200);
    await put(now, 'new', 'a');
    for (const query of ['Observation?status=final', 'Observation?_summary=count', '?_type=Observation']) {
      const { status, headers, body } = await send(now, 'GET', query);
      expect([query, status, headers['retry-after']]).toEqual([query, 503, expect.any(String)]);
      expect(body.issue[0].diagnostics).toContain('Searches have to wait');
    }
    const conditional = {
      token: now.token('user/*.cruds admin/*.cruds'),
      headers: { 'if-none-exist': 'identifier=x' },
    };
    const made = await now.call('POST', 'Observation', { ...conditional, body: observation('x', 'a') });
    expect(made.status).toBe(503);
    // Not "not found": the row is there, and nobody knows whether the scope covers it.
    const limited = { token: now.token('user/Observation.rs?status=final') };
    expect((await now.call('GET', 'Observation/early', limited)).status).toBe(503);
    expect(await found(now, 'Observation?status=final')).toEqual(['early', 'new']);
    expect((await now.call('GET', 'Observation/early', limited)).status).toBe(200);
  });

  it('that reads are judged by as well refuses those that something limits, and no others', async () => {
    const first = await start();
    await put(first, 'early', 'a');
    await stop(first);
    await makeOld('{"urn:lanyard:index-layout": "4", "urn:lanyard:access-layout": "0"}');
    const now = await start();
    const machine = { sub: 'machine', client_id: 'machine' };
    const read = async (scope: string, claims: Readonly<Record<string, unknown>>): Promise<number> =>
      (await now.call('GET', 'Observation/early', { token: now.token(scope, claims) })).status;
    expect(await read('system/*.cruds', machine)).toBe(200);
    // Consents limit what users see; the compartment limits what patients see.
    expect(await read('user/*.cruds', {})).toBe(503);
    expect(await read('patient/Observation.rs', { patient: 'p1' })).toBe(503);
    expect(await found(now, 'Observation?status=final')).toEqual(['early']);
    expect(await read('user/*.cruds', {})).toBe(200);
    expect(await read('patient/Observation.rs', { patient: 'p1' })).toBe(404);
  });

  it('finds what servers of the release before write afterwards', async () => {
    const now = await start();
    await put(now, 'early', 'a');
    await makeOld();
    await stop(now);
    const next = await start();
    expect(await found(next, 'Observation?status=final')).toEqual(['early']);
    await writeAsOld('late', 'early');
    const both = await until(
      () => send(next, 'GET', 'Observation?status=final'),
      (answer) => idsOf(answer).length === 2,
    );
    expect(idsOf(both).toSorted()).toEqual(['early', 'late']);
    await vi.waitFor(async () => expect((await client.query('SELECT FROM other_form_rows')).rowCount).toBe(0), {
      timeout: 20_000,
    });
  });

  it.runIf(isFull)(
    'goes on from where a killed server was',
    async () => {
      const first = await start();
      await put(first, 'seed', 'a');
      await stop(first);
      await client.query(`
      INSERT INTO resource SELECT (json_populate_record(r, json_build_object('id', 'o' || n))).*
      FROM resource AS r, generate_series(1, 3000) AS n WHERE r.id = 'seed'`);
      await makeOld();
      const one = await ServerProcess.start(database);
      processes.push(one);
      const { access } = await one.logIn();
      const done = (): Promise<pg.QueryResult> =>
        client.query(
          `SELECT rows_done::int AS done, rows_total::int AS total, attempts, state FROM index_job WHERE kind = 'form'`,
        );
      await vi.waitFor(async () => expect((await done()).rows[0]?.done).toBeGreaterThan(0), {
        timeout: 30_000,
        interval: 10,
      });
      await one.kill();
      const { rows: atKill } = await done();
      expect(atKill).toMatchObject([{ state: 'taken' }]);
      expect(atKill[0].done).toBeLessThan(3_001);
      const plan = await lanyard({ DATABASE_URL: database.url }, ['migrate', '--plan']);
      expect([plan.exitCode, plan.output]).toEqual([
        3,
        expect.stringMatching(/being indexed in the form of this release: \d+ %/),
      ]);
      const survivor = await ServerProcess.start(database);
      processes.push(survivor);
      await vi.waitFor(
        async () => expect((await survivor.call('GET', 'Observation?status=final&_count=1', access)).status).toBe(200),
        { timeout: 60_000, interval: 200 },
      );
      const { body } = await survivor.call('GET', 'Observation?status=final&_summary=count', access);
      expect(body.total).toBe(3_001);
      // It went on from there: no row was indexed twice.
      const { rows } = await done();
      expect(rows).toEqual([{ done: rows[0].total, total: expect.any(Number), attempts: 0, state: 'done' }]);
      expect(rows[0].total).toBeGreaterThan(3_000);
    },
    120_000,
  );
});
