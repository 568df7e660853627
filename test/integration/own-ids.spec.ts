// docs/adr/0044: by the upgrade the first user keeps loading data under ids of its own
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { entities, migrations } from '../../src/app/start/schema.js';
import { OwnIds1700000053000 } from '../../src/auth/storage/migrations/1700000053000-own-ids.js';
import { createDataSource } from '../../src/database/data-source.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await freshDatabase();
  dataSource = createDataSource(database.connection, migrations, entities);
  await dataSource.initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** Who has the right after an upgrade, the accounts in the order of their making; `more`: columns of the first one. */
async function upgraded(more: string): Promise<readonly string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    const migration = new OwnIds1700000053000();
    await migration.down(runner);
    await runner.query('DELETE FROM user_account');
    for (const [i, name] of ['later', 'first', 'last'].entries())
      await runner.query(
        `INSERT INTO user_account (tenant, id, name, password_hash, grants, created_at)
         VALUES (1, gen_random_uuid(), $1, 'x', 'user/*.cruds', timestamptz '2024-01-0${[2, 1, 3][i]}')`,
        [name],
      );
    await runner.query(`UPDATE user_account SET ${more} WHERE name = 'first'`);
    await migration.up(runner);
    const rows = (await runner.query('SELECT name FROM user_account WHERE own_ids')) as readonly { name: string }[];
    return rows.map(({ name }) => name);
  } finally {
    await runner.release();
  }
}

it.each([
  ["grants = 'user/*.cruds'", ['first']],
  ['disabled_at = now()', []],
  ["fhir_user = 'Practitioner/p1'", []],
])('is for the oldest account alone: %s', async (more, expected) => {
  expect(await upgraded(more)).toEqual(expected);
});
