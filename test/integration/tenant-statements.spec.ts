import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedTables } from '../../src/database/distribution/shared-tables.js';
import { startServer, type TestServer } from '../support/server.js';
import { collectStatements, type Collected } from '../support/statements.js';
import { useEverything } from '../support/use-everything.js';

/**
 * What would be sharded: every table whose rows belong to a tenant leads its primary key with it, and every statement on one
 * of them names it, so that a distributed PostgreSQL can send it to one place.
 */
let server: TestServer;
let tenantTables: readonly string[];
let collected: Collected;

beforeAll(async () => {
  collected = collectStatements();
  server = await startServer();
  client = new Client(server.database.connection);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name::text AS name FROM information_schema.columns
     WHERE table_schema = current_schema() AND column_name = 'tenant' ORDER BY 1`,
  );
  tenantTables = rows.map(({ name }) => name);
  const { rows: keys } = await client.query<{ name: string; first: string }>(
    `SELECT c.relname::text AS name, a.attname::text AS first FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
     WHERE i.indisprimary AND c.relnamespace = current_schema()::regnamespace`,
  );
  leading = new Map(keys.map(({ name, first }) => [name, first]));
  collected.statements.length = 0;
});
afterAll(async () => {
  collected.stop();
  await client.end();
  await server.close();
});
let client: Client;
let leading: ReadonlyMap<string, string>;

describe('tables of tenants', () => {
  it('lead their keys with the tenant', () => {
    const others = tenantTables.filter((table) => leading.get(table) !== 'tenant');
    expect(others).toEqual([]);
    expect(tenantTables.length).toBeGreaterThan(15);
  });
});

describe('every table', () => {
  it('is of tenants, with the tenant in each unique key, or listed as shared', async () => {
    const { rows } = await client.query<{ readonly name: string }>(
      `SELECT c.relname::text AS name FROM pg_class c
       LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND a.attnotnull
       WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND (a.attnum IS NULL OR EXISTS (SELECT FROM pg_index i
         WHERE i.indrelid = c.oid AND i.indisunique AND NOT a.attnum = ANY (i.indkey))) ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(sharedTables);
  });
});

describe('every statement on a table of tenants', () => {
  it('names the tenant', async () => {
    await useEverything(server);
    const mention = new RegExp(
      String.raw`\b(?:from|join|into|update)\s+(?:only\s+)?"?(?:${tenantTables.join('|')})"?\b`,
      'i',
    );
    const found = [...new Set(collected.statements.map(({ text }) => text))].filter((statement) =>
      mention.test(statement),
    );
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((statement) => !/\btenant\b/i.test(statement))).toEqual([]);
  });
});
