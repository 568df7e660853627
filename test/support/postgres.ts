import { inject } from 'vitest';
import { belted } from './belt.js';
import { copyOnNodes } from './citus-cluster.js';
import { copyDatabase, type TestDatabase } from '../../src/testing/postgres.js';

export type FreshDatabase = TestDatabase;

/** A database of its own for one test file: migrated, or `empty`. With BELT=on, servers get a role that owns nothing. */
export async function freshDatabase(content: 'migrated' | 'empty' = 'migrated'): Promise<FreshDatabase> {
  const { host, user, template, nodes } = inject('postgres');
  if (nodes) return copyOnNodes(nodes, content === 'migrated' ? template : 'template1');
  const database = await copyDatabase({ connection: { host, port: 5432, user }, template }, content);
  return process.env['BELT'] === 'on' && content === 'migrated' ? belted(database) : database;
}
