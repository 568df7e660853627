// A CodeSystem leads to the concepts that its own tenant has loaded, although others have one of the same id
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { migrations } from '../../src/app/start/schema.js';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import { asTenant } from '../../src/database/tenant.js';
import { findLoad } from '../../src/fhir/storage/concepts/load-rows.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { rowsOf } from '../support/connection.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await freshDatabase();
  dataSource = await createDataSource(database.connection, migrations, [], { poolSize: 1 }).initialize();
  for (const tenant of [2, 3])
    await rowsOf(
      database.connection,
      `INSERT INTO terminology_load (tenant, load, id, url, version, format, content, concepts, loaded_by)
       VALUES (${tenant}, ${tenant}0, 'animals', 'http://loaded.example', '1', 'x', 'complete', 1, 'x')`,
    );
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

it('a load is that of the tenant, whatever others have loaded', async () => {
  const session = new SqlSession(poolOf(dataSource), { statementTimeout: 20 });
  const loads = [1, 2, 3].map((tenant) =>
    asTenant({ tenant, name: `t${tenant}` }, async () => (await findLoad(session, 'animals'))?.load),
  );
  expect(await Promise.all(loads)).toEqual([undefined, 20, 30]);
});
