// Searches right after a load are planned by what is there, though autovacuum has not come (docs/adr/0085)
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FreshStatistics } from '../../src/database/fresh-statistics.js';
import { poolOf } from '../../src/database/pool-of.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { openStorage, type Storage, system } from './storage.fixture.js';

const observations = 3000;
const observationOf = (n: number): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  subject: { reference: `Patient/p${n % 50}` },
  code: { coding: [{ system: 'http://loinc.org', code: n % 3 === 0 ? 'often' : `c${n}` }] },
});

let storage: Storage;
let statistics: FreshStatistics;
beforeAll(async () => {
  storage = await openStorage();
  statistics = new FreshStatistics(storage.dataSource);
  await storage.dataSource.query('ALTER TABLE resource_observation SET (autovacuum_enabled = false)');
  await load(0, observations);
});
afterAll(() => storage.close());

const load = (from: number, to: number): Promise<unknown> =>
  storage.resources.write(
    Array.from({ length: to - from }, (_, n) => system.create(observationOf(from + n), `o${from + n}`)),
  );

interface Known {
  /** Rows of the last analysis; -1: there was none. */
  readonly rows: number;
  /** Columns with statistics. */
  readonly columns: number;
}

async function known(table = 'resource_observation'): Promise<Known> {
  const [row] = await storage.dataSource.query<[Known]>(
    `SELECT reltuples::integer AS rows, (SELECT count(*)::integer FROM pg_stats WHERE tablename = relname) AS columns
    FROM pg_class WHERE relname = $1`,
    [table],
  );
  return row;
}

/** Counters of changed rows are told a moment after the commit. */
async function lookUntil(isDone: (found: Known) => boolean, table?: string): Promise<Known> {
  for (let looks = 0; looks < 50; looks++) {
    await statistics.look();
    const found = await known(table);
    if (isDone(found)) return found;
    await sleep(200);
  }
  return known(table);
}

/** Rows that PostgreSQL expects for one patient and a code that a third of the rows have. */
async function expected(): Promise<number> {
  const [{ tok }] = await storage.dataSource.query<[{ tok: string }]>(`
    SELECT value::text AS tok FROM resource_observation, unnest(tok) AS value GROUP BY value
    HAVING count(*) BETWEEN ${observations * 0.3} AND ${observations * 0.4} LIMIT 1`);
  const [{ 'QUERY PLAN': plans }] = await storage.dataSource.query<
    [{ 'QUERY PLAN': readonly [{ readonly Plan: { readonly 'Plan Rows': number } }] }]
  >(`EXPLAIN (FORMAT JSON) SELECT FROM resource_observation WHERE tok @> ARRAY[${tok}]::bigint[]`);
  return plans[0].Plan['Plan Rows'];
}

describe('tables that have outgrown their statistics', () => {
  it('are analysed, so that plans know how rare a code is', async () => {
    expect(await known()).toEqual({ rows: -1, columns: 0 });
    expect(await expected()).toBeLessThan(observations * 0.1);
    const { rows, columns } = await lookUntil((found) => found.columns > 0);
    expect([rows, columns > 5]).toEqual([observations, true]);
    expect(await expected()).toBeGreaterThan(observations * 0.25);
  });

  it('have statistics of the columns that conditions compare as a whole, and none of the other arrays (docs/adr/0133)', async () => {
    const found = await storage.dataSource.query<{ name: string }[]>(
      `SELECT attname AS name FROM pg_stats WHERE tablename = 'resource_observation'`,
    );
    const names = found.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['tok', 'val', 'compartments', 'body']));
    expect(names.filter((name) => /^(?:ranges|num_|str_)/.test(name))).toEqual([]);
  });

  it.each([
    [
      'consent_rule',
      `INSERT INTO consent_rule (tenant, consent, node, patient, denies, uncertain, path)
        SELECT 1, 'c' || n, 0, 'Patient/p' || n, true, false, '{}' FROM generate_series(1, 600) AS n`,
    ],
    [
      'terminology_posting',
      `INSERT INTO terminology_posting (tenant, load, kind, key, chunk, concepts)
        SELECT 1, 1, 'below', n::text, 0, '{1}' FROM generate_series(1, 600) AS n`,
    ],
  ])('are analysed beside those of resources: %s', async (table, insert) => {
    await storage.dataSource.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
    await storage.dataSource.query(insert);
    const { rows, columns } = await lookUntil((found) => found.columns > 0, table);
    expect([rows, columns > 2]).toEqual([600, true]);
  });

  it('are left alone until they have doubled', async () => {
    await load(observations, observations + 1000);
    await sleep(1500);
    await statistics.look();
    expect((await known()).rows).toBe(observations);
  });

  it('are left to another server that is at it', async () => {
    await load(observations + 1000, 2 * observations + 1500);
    await storage.dataSource.transaction(async (holder) => {
      await holder.query(`SELECT pg_advisory_xact_lock(hashtextextended('lanyard statistics', 0))`);
      await sleep(1500);
      await statistics.look();
      expect((await known()).rows).toBe(observations);
    });
    expect((await lookUntil((found) => found.rows > observations)).rows).toBe(2 * observations + 1500);
  });

  it('are left to autovacuum by a server whose role does not own them', async () => {
    const before = await known();
    await load(2 * observations + 1500, 6 * observations);
    await sleep(1500);
    const role = `reader_of_${storage.dataSource.options.database as string}`;
    await storage.dataSource.query(`CREATE ROLE ${role}`);
    const pool = new pg.Pool({ ...poolOf(storage.dataSource).options, options: `-c role=${role}` });
    try {
      const query = async (text: string): Promise<unknown> => (await pool.query(text)).rows;
      expect(await query('SELECT current_user AS name')).toEqual([{ name: role }]);
      await new FreshStatistics({ query, driver: { master: pool } } as unknown as DataSource).look();
      expect(await known()).toEqual(before);
    } finally {
      await pool.end();
      await storage.dataSource.query(`DROP ROLE ${role}`);
    }
    expect((await lookUntil((found) => found.rows > before.rows)).rows).toBe(6 * observations);
  });
});
