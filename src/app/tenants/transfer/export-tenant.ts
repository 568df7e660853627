import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { PoolClient } from 'pg';
import { to } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import { CommandFault } from './command-fault.js';
import { type ContentElsewhere, contentTable, rowsOfContents } from './contents-elsewhere.js';
import { endOfRows, type FileHeader, processTable, secretTable } from './tenant-file.js';
import { serverVersion } from '../../../config/server-version.js';
import { poolOf } from '../../../database/pool-of.js';
import { asTenant } from '../../../database/tenant.js';
import type { BinaryStore } from '../../../fhir/storage/binary/binary-store.js';
import type { Tenant } from '../../../database/tenants/tenant-registry.js';
import {
  secretsOf,
  tablesWithContents,
  type TenantTable,
  tenantTables,
} from '../../../database/tenants/tenant-tables.js';

export interface Exported extends Pick<FileHeader, 'fhirBase' | 'issuer'> {
  readonly dataSource: DataSource;
  readonly tenant: Tenant;
  /** Written anew, for its owner alone: it has passwords' hashes and keys. */
  readonly path: string;
  /** True if contents of Binaries that lie in another store are brought there by other means. */
  readonly withoutContents: boolean;
  /** Where contents lie that are not in the database. */
  readonly store?: BinaryStore | undefined;
}

/** Writes all that the tenant holds at one moment into a file, table by table; returns the number of rows. */
export async function exportTenant(exported: Exported): Promise<number> {
  const { dataSource, tenant, path } = exported;
  return asTenant(tenant, async () => {
    const client = await poolOf(dataSource).connect();
    const counted = { rows: 0 };
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const contents = exported.withoutContents ? [] : await contentsElsewhere(client, exported);
      const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
      await pipeline(Readable.from(textOf(client, { ...exported, contents }, counted)), createGzip(), file);
      await client.query('COMMIT');
      client.release();
      return counted.rows;
    } catch (error) {
      client.release(true);
      throw (error as NodeJS.ErrnoException).code === 'EEXIST'
        ? new CommandFault(`${path} is there already. Name a file that is not.`)
        : error;
    }
  });
}

async function* textOf(
  client: PoolClient,
  { tenant, fhirBase, issuer, store, contents }: Exported & { readonly contents: readonly ContentElsewhere[] },
  counted: { rows: number },
): AsyncGenerator<Buffer, undefined> {
  const { name } = tenant;
  const migrations = await migrationsOf(client);
  const header: FileHeader = { lanyard: 'tenant', version: serverVersion, migrations, name, fhirBase, issuer };
  yield line(header);
  for (const { table, columns, select } of sourcesOf(await tenantTables(clientDatabase(client)), tenant.tenant)) {
    yield line({ table, columns });
    const rows = client.query(to(`COPY (${select}) TO STDOUT`));
    for await (const chunk of rows) yield chunk as Buffer;
    counted.rows += rows.rowCount;
    if (table === contentTable && store)
      for await (const row of rowsOfContents(store, contents, columns)) {
        yield row;
        counted.rows++;
      }
    yield Buffer.from(`${endOfRows}\n`);
  }
  yield line({ rows: counted.rows });
  return undefined;
}

interface Source {
  readonly table: string;
  readonly columns: readonly string[];
  readonly select: string;
}

function sourcesOf(tables: readonly TenantTable[], tenant: number): readonly Source[] {
  const all = tables
    .filter(({ name }) => name !== processTable)
    .map(({ name, columns }) => ({
      table: name,
      columns,
      select: `SELECT ${columns.join(', ')} FROM ${name} WHERE tenant = ${tenant}`,
    }));
  const secrets = `SELECT regexp_replace(name, '^[0-9]+/', ''), value FROM ${secretTable} WHERE ${secretsOf(tenant)}`;
  return [...all, { table: secretTable, columns: ['name', 'value'], select: secrets }];
}

/** Throws where there are some and no store to read them from. */
async function contentsElsewhere(
  client: PoolClient,
  { tenant: { name, tenant }, store }: Exported,
): Promise<readonly ContentElsewhere[]> {
  // An upload that is not finished has no content yet.
  const tables = (await tablesWithContents(clientDatabase(client))).filter((table) => table !== 'binary_upload');
  const sized = tables.filter((table) => table !== contentTable);
  const named = sized.map((table) => `SELECT content_id, size FROM ${table} WHERE tenant = $1 AND size > 0`);
  const { rows } = await client.query<{ contentId: string; size: string }>(
    `SELECT v.content_id::text AS "contentId", max(v.size) AS size FROM (${named.join(' UNION ')}) AS v WHERE NOT EXISTS (
       SELECT FROM ${contentTable} AS c WHERE c.tenant = $1 AND c.content_id = v.content_id) GROUP BY 1`,
    [tenant],
  );
  if (rows.length === 0 || store) return rows.map(({ contentId, size }) => ({ contentId, size: Number(size) }));
  throw new CommandFault(
    `${rows.length} contents of Binaries of "${name}" lie in another store, and BINARY_STORE names none. ` +
      'Set it as for the server, or bring the contents there by other means and add --without-contents.',
  );
}

export async function migrationsOf(client: PoolClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM migration ORDER BY name');
  return rows.map(({ name }) => name);
}

/** The connection as {@link tenantTables} asks one. */
export const clientDatabase = (client: PoolClient) => ({
  query: async (text: string, values?: unknown[]): Promise<unknown> => (await client.query(text, values)).rows,
});

const line = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);
