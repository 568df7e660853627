import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { migrations } from '../../src/app/start/schema.js';
import { createDataSource } from '../../src/database/data-source.js';
import { migrate } from '../../src/database/migrations/migrate.js';
import { urlOf } from '../../src/testing/postgres.js';
import { rowsOf } from './connection.js';
import type { FreshDatabase } from './postgres.js';

/** A database whose server has a role that owns nothing; `connection` stays that of the owner. */
export interface BeltedDatabase extends FreshDatabase {
  /** URL of the owner, for migrations. */
  readonly ownersUrl: string;
  readonly role: string;
}

/** Makes a role that owns nothing, and gives it views of the database. */
export async function belted(database: FreshDatabase): Promise<BeltedDatabase> {
  const role = `server_${randomUUID().replaceAll('-', '')}`;
  await rowsOf(database.connection, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
  await asOwner(database, (dataSource) => migrate(dataSource, undefined, role));
  return {
    connection: database.connection,
    ownersUrl: database.url,
    role,
    url: urlOf({ ...database.connection, user: role, password: 'x' }),
    async drop() {
      await database.drop();
      await rowsOf({ ...database.connection, database: 'postgres' }, `DROP ROLE ${role}`);
    },
  };
}

async function asOwner<T>({ connection }: FreshDatabase, work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  const dataSource = await createDataSource(connection, migrations, []).initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
