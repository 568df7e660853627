import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from } from 'pg-copy-streams';
import { isBoundClient } from './bind-connections.js';

export interface CopiedInto {
  /** Names as SQL has them. */
  readonly table: string;
  readonly columns: readonly string[];
  /** Format of COPY that the rows are in. */
  readonly format: 'text' | 'binary';
}

/** Appends rows in a format of COPY; into the view of a table by way of another one, since PostgreSQL copies into no view. Returns their number. */
export async function copyRows(
  client: PoolClient,
  { table, columns, format }: CopiedInto,
  rows: Readable,
): Promise<number> {
  const names = columns.join(', ');
  if (!isBoundClient(client) || !(await isView(client, table)))
    return copy(client, `${table} (${names})`, { format, rows });
  await client.query(`CREATE TEMPORARY TABLE incoming AS SELECT ${names} FROM ${table} WITH NO DATA`);
  const count = await copy(client, `incoming (${names})`, { format, rows });
  await client.query(`INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM incoming`);
  await client.query('DROP TABLE incoming');
  return count;
}

async function isView(client: PoolClient, table: string): Promise<boolean> {
  const { rows } = await client.query<{ relkind: string }>('SELECT relkind FROM pg_class WHERE oid = to_regclass($1)', [
    table,
  ]);
  return rows[0]?.relkind === 'v';
}

async function copy(
  client: PoolClient,
  target: string,
  { format, rows }: Pick<CopiedInto, 'format'> & { readonly rows: Readable },
): Promise<number> {
  const stored = client.query(from(`COPY ${target} FROM STDIN (FORMAT ${format})`));
  await pipeline(rows, stored);
  return stored.rowCount;
}
