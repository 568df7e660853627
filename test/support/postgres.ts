import { randomUUID } from 'node:crypto';
import { Client, type PoolConfig } from 'pg';
import { inject } from 'vitest';
import { urlOf } from './connection.js';

export interface FreshDatabase {
  readonly connection: PoolConfig;
  /** The connection as a URL, for processes that take a DATABASE_URL. */
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** A database of its own for one test file: migrated, or `empty`. */
export async function freshDatabase(content: 'migrated' | 'empty' = 'migrated'): Promise<FreshDatabase> {
  const { host, user, template } = inject('postgres');
  const database = `test_${randomUUID().replaceAll('-', '')}`;
  const source = content === 'migrated' ? template : 'template1';
  await administer(`create database ${database} template ${source}`);
  const connection = { host, port: 5432, user, database };
  return {
    connection,
    url: urlOf(connection),
    drop: () => administer(`drop database if exists ${database} with (force)`),
  };

  async function administer(statement: string): Promise<void> {
    const client = new Client({ host, port: 5432, user, database: 'postgres' });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
