import { createReadStream } from 'node:fs';
import { pipeline as compose, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { CommandFault } from './command-fault.js';
import { clientDatabase, migrationsOf } from './export-tenant.js';
import { catchUpSequences } from './sequences.js';
import { endOfRows, type FileHeader, linesOf, readJsonLine, requireHeader, secretTable } from './tenant-file.js';
import { bindTransaction } from '../../../database/belt/bind-connections.js';
import { type CopiedInto, copyRows } from '../../../database/belt/copy-rows.js';
import { poolOf } from '../../../database/pool-of.js';
import { asOperator } from '../../../database/tenant.js';
import { firstTables } from '../../../fhir/storage/first-rows.js';
import type { Tenant, TenantRegistry } from '../../../database/tenants/tenant-registry.js';
import { type TenantTable, tenantTables } from '../../../database/tenants/tenant-tables.js';

interface Imported {
  readonly dataSource: DataSource;
  readonly registry: TenantRegistry;
  readonly path: string;
  /** Another name than it had. */
  readonly as: string | undefined;
}

export interface ImportedTenant {
  readonly tenant: Tenant;
  readonly rows: number;
  /** The tenant as it was exported. */
  readonly header: FileHeader;
}

/** Bytes that are handed to PostgreSQL at once. */
const batchBytes = 256 * 1024;

type Lines = AsyncGenerator<Buffer, undefined>;

/** Makes a tenant of a file that `exportTenant` wrote: all of it, or nothing. Memory holds no more than the longest row. */
export async function importTenant({ dataSource, registry, path, as }: Imported): Promise<ImportedTenant> {
  return asOperator(`import of ${path}`, async () => {
    const client = await poolOf(dataSource).connect();
    // An error of the pipeline reaches the reader of `text`.
    const text = compose(createReadStream(path), createGunzip(), () => undefined);
    const lines = linesOf(text);
    try {
      const first = await lines.next().catch((error: unknown) => Promise.reject(unreadable(error, path)));
      const header = requireHeader(readJsonLine(first.value, path), path, await migrationsOf(client));
      const tenant = await registry.create(as ?? header.name, 'importing');
      try {
        const rows = await storeRows(client, lines, { tenant: tenant.tenant, path });
        return { tenant: await registry.moveTo(tenant, 'active'), rows, header };
      } catch (error) {
        await registry.withdraw(tenant);
        throw unreadable(error, path);
      }
    } finally {
      text.destroy();
      client.release(true);
    }
  });
}

interface Target {
  readonly tenant: number;
  readonly path: string;
}

async function storeRows(client: PoolClient, lines: Lines, { tenant, path }: Target): Promise<number> {
  await client.query('BEGIN');
  await bindTransaction(client, tenant);
  const known = new Map<string, TenantTable>(
    (await tenantTables(clientDatabase(client))).map((table) => [table.name, table]),
  );
  known.set(secretTable, { name: secretTable, columns: ['name', 'value'] });
  let rows = 0;
  for (;;) {
    const next = await lines.next();
    if (next.done) throw new CommandFault(`${path} is cut off: its end is missing. Copy or export it again.`);
    const line = readJsonLine(next.value, path);
    if ('rows' in line) {
      if (line['rows'] !== rows) throw new CommandFault(`${path} is damaged: it says ${String(line['rows'])} rows.`);
      break;
    }
    rows += await copyRows(client, targetOf(line, known, path), Readable.from(rowsOf(lines, prefixOf(line, tenant))));
  }
  await requireFirstRows(client, { tenant, path });
  await catchUpSequences(client, tenant);
  await client.query('COMMIT');
  return rows;
}

/** Without the rows that each tenant has from its beginning, no server of it starts. */
async function requireFirstRows(client: PoolClient, { tenant, path }: Target): Promise<void> {
  for (const table of firstTables) {
    const { rowCount } = await client.query(`SELECT FROM ${table} WHERE tenant = $1 LIMIT 1`, [tenant]);
    if (!rowCount) throw new CommandFault(`${path} is damaged: it has no row of ${table}. Export it again.`);
  }
}

/** Names are those of the catalog: nothing of the file becomes SQL. */
function targetOf(
  { table, columns }: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, TenantTable>,
  path: string,
): CopiedInto {
  const found = known.get(String(table));
  const named = Array.isArray(columns) ? (columns as readonly unknown[]) : [];
  const all = found?.columns.filter((column) => named.includes(column)) ?? [];
  if (!found || all.length !== named.length || all.length !== found.columns.length)
    throw new CommandFault(`${path} has rows of "${String(table)}" that this database has no such table for.`);
  const first = found.name === secretTable ? [] : ['tenant'];
  return { table: found.name, columns: [...first, ...(named as readonly string[])], format: 'text' };
}

/** Before each row: the number of the tenant as its first value, or as the beginning of a name. */
const prefixOf = ({ table }: Readonly<Record<string, unknown>>, tenant: number): Buffer =>
  Buffer.from(table === secretTable ? `${tenant}/` : `${tenant}\t`);

async function* rowsOf(lines: Lines, prefix: Buffer): AsyncGenerator<Buffer, undefined> {
  let batch: Buffer[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error('unexpected end of file');
    if (value.length === endOfRows.length && value.toString() === endOfRows) break;
    batch.push(prefix, value, lineEnd);
    size += value.length;
    if (size < batchBytes) continue;
    yield Buffer.concat(batch);
    [batch, size] = [[], 0];
  }
  if (batch.length > 0) yield Buffer.concat(batch);
  return undefined;
}

const lineEnd = Buffer.from('\n');

/** Message of the file, its compression or PostgreSQL, in one line. */
function unreadable(error: unknown, path: string): unknown {
  const { code = '', message } = error as { readonly code?: string; readonly message: string };
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return new CommandFault(`Cannot read ${path} (${code}).`);
  if (code.startsWith('Z_') || message === 'unexpected end of file')
    return new CommandFault(`${path} is cut off, or no file of a tenant. Copy or export it again.`);
  if (/^(?:22|23)/.test(code)) return new CommandFault(`${path} is damaged: ${message}.`);
  return error;
}
