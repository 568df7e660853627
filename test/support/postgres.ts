import { inject } from 'vitest';
import { copyOnNodes } from './citus-cluster.js';
import { copyDatabase, type TestDatabase } from '../../src/testing/postgres.js';

export type FreshDatabase = TestDatabase;

/** A database of its own for one test file: migrated, or `empty`. */
export function freshDatabase(content: 'migrated' | 'empty' = 'migrated'): Promise<FreshDatabase> {
  const { host, user, template, nodes } = inject('postgres');
  if (nodes) return copyOnNodes(nodes, content === 'migrated' ? template : 'template1');
  return copyDatabase({ connection: { host, port: 5432, user }, template }, content);
}
