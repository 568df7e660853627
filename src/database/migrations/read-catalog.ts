import type { QueryRunner } from 'typeorm';

/** Returns the id of the transaction that the runner is in. */
export async function readTransaction(runner: QueryRunner): Promise<string> {
  const [{ id }] = (await runner.query('SELECT pg_current_xact_id()::text AS id')) as readonly [
    { readonly id: string },
  ];
  return id;
}

/**
 * Returns everything that this database has of its own outside a prefix: kind, name and object id, each with the version of
 * its row, which changes with whatever is altered about it.
 */
export async function readCatalog(runner: QueryRunner, prefix: string): Promise<ReadonlyMap<string, string>> {
  const rows = (await runner.query(catalogStatement, [prefix])) as readonly {
    readonly key: string;
    readonly version: string;
  }[];
  return new Map(rows.map(({ key, version }) => [key, version]));
}

/** Returns the tables and indexes outside a prefix that this transaction has done more to than read. */
export async function readLocks(runner: QueryRunner, prefix: string): Promise<readonly string[]> {
  const rows = (await runner.query(lockStatement, [prefix])) as readonly { readonly name: string }[];
  return rows.map(({ name }) => `table ${name}`);
}

/** Row types and array types come and go with what they are of. */
const catalogs: readonly (readonly [kind: string, catalog: string, name: string, namespace: string, only?: string])[] =
  [
    ['table', 'pg_class', 'relname', 'relnamespace'],
    ['function', 'pg_proc', 'proname', 'pronamespace'],
    ['type', 'pg_type', 'typname', 'typnamespace', `typcategory <> 'A'`],
    ['operator', 'pg_operator', 'oprname', 'oprnamespace'],
    ['collation', 'pg_collation', 'collname', 'collnamespace'],
    ['text search configuration', 'pg_ts_config', 'cfgname', 'cfgnamespace'],
    ['text search dictionary', 'pg_ts_dict', 'dictname', 'dictnamespace'],
  ];

const others: readonly (readonly [kind: string, catalog: string, name: string])[] = [
  ['schema', 'pg_namespace', 'nspname'],
  ['extension of PostgreSQL', 'pg_extension', 'extname'],
  ['cast', 'pg_cast', 'castsource::regtype'],
  ['event trigger', 'pg_event_trigger', 'evtname'],
  ['publication', 'pg_publication', 'pubname'],
  ['default privilege', 'pg_default_acl', 'defaclobjtype'],
];

/** `ours` are the schemas that are not of PostgreSQL itself. */
const catalogStatement = `
  WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname <> 'information_schema' AND NOT starts_with(nspname, 'pg_'))
  ${[
    ...catalogs.map(
      ([kind, catalog, name, namespace, only = 'true']) =>
        `SELECT '${kind} ' || ${name}::text || ' ' || oid AS key, xmin::text AS version FROM ${catalog}
         WHERE ${namespace} IN (SELECT oid FROM ours) AND NOT starts_with(${name}, $1) AND ${only}`,
    ),
    ...others.map(
      ([kind, catalog, name]) =>
        `SELECT '${kind} ' || ${name}::text || ' ' || oid, xmin::text FROM ${catalog} WHERE NOT starts_with(${name}::text, 'pg_')`,
    ),
  ].join(' UNION ALL ')}`;

const lockStatement = `
  SELECT DISTINCT c.relname AS name FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
  WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode <> 'AccessShareLock'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND NOT starts_with(c.relname, $1)
    AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname = 'information_schema' OR starts_with(nspname, 'pg_'))`;
