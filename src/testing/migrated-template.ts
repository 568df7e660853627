import type { PoolConfig } from 'pg';
import { createDataSource } from '../database/data-source.js';
import { migrate } from '../database/migrations/migrate.js';
import { entities, migrations } from '../app/schema.js';

/** Migrates the database that each test file gets a copy of; returns its name. */
export async function migratedTemplate(connection: PoolConfig): Promise<string> {
  const dataSource = createDataSource(connection, migrations, entities);
  await dataSource.initialize();
  try {
    await migrate(dataSource);
  } finally {
    // A database with connections cannot be copied.
    await dataSource.destroy();
  }
  return connection.database ?? '';
}
