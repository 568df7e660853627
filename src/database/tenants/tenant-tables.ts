import { tablesNamespace } from '../belt/views-schema.js';
import { sharedTables } from '../distribution/shared-tables.js';

/** Runs statements: a data source, or one of its connections. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** A table with rows of tenants; names as SQL has them, quoted where they must be. */
export interface TenantTable {
  readonly name: string;
  /** Without `tenant`, and without what PostgreSQL makes of others. */
  readonly columns: readonly string[];
}

/** The tables with a column `tenant`, those of extensions too, found in the catalog so that none is left out; without partitions, which follow. */
export async function tenantTables(database: Database): Promise<readonly TenantTable[]> {
  return (await database.query(
    `SELECT format('%I', c.relname) AS name, array_agg(format('%I', a.attname) ORDER BY a.attnum)
       FILTER (WHERE a.attname <> 'tenant' AND a.attgenerated = '') AS columns
     FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = ${tablesNamespace} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> ALL ($1::text[])
     GROUP BY c.relname HAVING bool_or(a.attname = 'tenant') ORDER BY c.relname`,
    [sharedTables],
  )) as readonly TenantTable[];
}

/** A condition on `server_secret`, whose names have the tenant in them. */
export const secretsOf = (tenant: number): string =>
  tenant === 1 ? `name !~ '^[0-9]+/'` : `starts_with(name, '${tenant}/')`;

/** Tables whose rows name contents of the store of Binaries, such as versions of Binaries and files of jobs. */
export async function tablesWithContents(database: Database): Promise<readonly string[]> {
  const tables = await tenantTables(database);
  return tables.filter(({ columns }) => columns.includes('content_id')).map(({ name }) => name);
}
