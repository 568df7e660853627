import type { DataSource, QueryRunner } from 'typeorm';

/** Facts about a database, and about the rights of this server there. No table of data is read. */
export interface DatabaseFacts {
  /** Such as 160004. */
  readonly version: number;
  readonly versionText: string;
  readonly encoding: string;
  /** True if it only follows another database. */
  readonly standby: boolean;
  readonly readOnly: boolean;
  /** True if acknowledged commits are on the disk. */
  readonly fsync: boolean;
  /** True if the connection is encrypted; `remote`: it crosses a network. */
  readonly encrypted: boolean;
  readonly remote: boolean;
  /** True if a pooler such as pgbouncer stands between. */
  readonly pooled: boolean;
  readonly mayCreate: boolean;
  /** Tables of the schema whose rows this user may not read or write. */
  readonly closedTables: readonly string[];
  readonly connections: { readonly most: number; readonly used: number };
  readonly bytes: number;
  /** Seconds that its clock is ahead of ours; 0 when the answer was too slow to tell. */
  readonly clockOffset: number;
  /** Tells one database from another, whatever way leads there. */
  readonly identity: string;
}

const factsStatement = `
  SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS "versionText",
    current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
    current_setting('transaction_read_only')::boolean AS "readOnly", current_setting('fsync')::boolean AS fsync,
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
    inet_server_addr() IS NOT NULL AND inet_server_addr() IS DISTINCT FROM inet_client_addr() AS remote,
    pg_backend_pid() AS backend,
    concat_ws(' ', (SELECT oid FROM pg_database WHERE datname = current_database()), pg_postmaster_start_time()) AS identity,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate",
    ARRAY(SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()
      AND NOT (has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')
        AND has_table_privilege(format('%I.%I', schemaname, tablename), 'INSERT')
        AND has_table_privilege(format('%I.%I', schemaname, tablename), 'UPDATE')
        AND has_table_privilege(format('%I.%I', schemaname, tablename), 'DELETE')) ORDER BY 1) AS "closedTables",
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
    (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
    pg_database_size(current_database())::float8 AS bytes`;

type Row = Omit<DatabaseFacts, 'connections' | 'pooled' | 'clockOffset'> & {
  readonly backend: number;
  readonly most: number;
  readonly used: number;
};

export async function examineDatabase(dataSource: DataSource): Promise<DatabaseFacts> {
  const runner = dataSource.createQueryRunner();
  try {
    // A pooler hands out numbers of its own for the cancelling of statements.
    const { processID: announced } = (await runner.connect()) as { readonly processID?: number };
    const [row] = (await runner.query(factsStatement)) as readonly [Row];
    const { backend, most, used, ...facts } = row;
    return {
      ...facts,
      pooled: announced !== backend,
      connections: { most, used },
      clockOffset: await clockOffset(runner),
    };
  } finally {
    await runner.release();
  }
}

/** The clock was read at some moment between question and answer: what cannot be told from network time counts as none. */
async function clockOffset(runner: QueryRunner): Promise<number> {
  const askedAt = Date.now();
  const [{ at }] = (await runner.query(
    `SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS at`,
  )) as readonly [{ readonly at: number }];
  const answeredAt = Date.now();
  if (at >= askedAt && at <= answeredAt) return 0;
  return (at > answeredAt ? at - answeredAt : at - askedAt) / 1000;
}
