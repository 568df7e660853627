// docs/adr/0085-statistics-follow-what-is-loaded.md: on Citus each node counts and analyses its own shards
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../src/database/data-source.js';
import { FreshStatistics } from '../../src/database/fresh-statistics.js';
import { connectionTo } from '../support/citus-cluster.js';
import { rowsOf } from '../support/connection.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

const rows = 3000;
let database: FreshDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await freshDatabase();
  dataSource = await createDataSource(database.connection, [], []).initialize();
  await dataSource.query(
    `INSERT INTO resource (tenant, type, id, version, updated, deleted, method, body, compartments, tok, val, ranges,
        num_low, num_high, str_low, str_high)
      SELECT 1, 'Observation', 'o' || n, 1, now(), false, 'PUT', '{}', '{}', ARRAY[n % 3]::bigint[], '{}', '{}', '{}', '{}', '{}', '{}'
      FROM generate_series(1, ${rows}) AS n`,
  );
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** Rows of the last analysis of the shard with the Observations, at its node; -1: there was none. */
async function analysed(): Promise<number | undefined> {
  const [found] = await dataSource.query<[{ port: number; shard: string }]>(
    `SELECT nodeport AS port, 'resource_observation_' || shardid AS shard FROM citus_shards
     WHERE shardid = get_shard_id_for_distribution_column('resource_observation', 1)`,
  );
  const node = connectionTo(found, database.connection.database!);
  const [known] = await rowsOf<{ rows: number }>(
    { ...node, options: '-c citus.override_table_visibility=off' },
    `SELECT reltuples::integer AS rows FROM pg_class WHERE relname = '${found.shard}'`,
  );
  return known?.rows;
}

describe('shards that have outgrown their statistics', () => {
  it('are analysed by their nodes', async () => {
    expect(await analysed()).toBe(-1);
    const statistics = new FreshStatistics(dataSource);
    // Counters of changed rows are told a moment after the commit.
    for (let looks = 0; looks < 50 && (await analysed()) === -1; looks++) {
      await statistics.look();
      await sleep(200);
    }
    expect(await analysed()).toBe(rows);
  });
});
