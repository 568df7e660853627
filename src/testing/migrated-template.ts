import type { PoolConfig } from 'pg';
import { newSigningKey } from '../auth/keys/signing-keys.js';
import { SigningKeyEntity } from '../auth/storage/signing-key.entity.js';
import { SigningKeyRepository } from '../auth/storage/signing-key.repository.js';
import { createDataSource } from '../database/data-source.js';
import { migrate } from '../database/migrations/migrate.js';
import { entities, migrations } from '../app/start/schema.js';

/**
 * Migrates the database that each test file gets a copy of; returns its name. It has a signing key, so that not every server makes
 * one, which takes longer than the copy.
 */
export async function migratedTemplate(connection: PoolConfig): Promise<string> {
  const dataSource = createDataSource(connection, migrations, entities);
  await dataSource.initialize();
  try {
    await migrate(dataSource);
    const keys = new SigningKeyRepository(dataSource.getRepository(SigningKeyEntity));
    await keys.change(async (changes) => changes.add(await newSigningKey(), 0));
  } finally {
    // A database with connections cannot be copied.
    await dataSource.destroy();
  }
  return connection.database ?? '';
}
