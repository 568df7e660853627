import { inject } from 'vitest';
import { copyDatabase, type TestDatabase } from '../../src/testing/postgres.js';

export type FreshDatabase = TestDatabase;

/** A database of its own for one test file: migrated, or `empty`. */
export function freshDatabase(content: 'migrated' | 'empty' = 'migrated'): Promise<FreshDatabase> {
  const { host, user, template } = inject('postgres');
  return copyDatabase({ connection: { host, port: 5432, user }, template }, content);
}
