import type { DataSource, QueryRunner } from 'typeorm';
import { readingFunctions, sharedTables } from './shared-tables.js';

type Database = Pick<DataSource | QueryRunner, 'query'>;

/** How Citus keeps a table: `local` is on the coordinator alone. */
export type Placement = 'distributed' | 'reference' | 'local';

export interface PlacedTable {
  readonly name: string;
  readonly placement: Placement;
  /** Placement that it ought to have. */
  readonly wanted: Placement;
  /** True if the coordinator has rows on its disk that were copied to the nodes and are invisible. */
  readonly hasLeftover: boolean;
}

export interface DatabaseNode {
  /** Host and port. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly isActive: boolean;
  /** True if it takes shards. */
  readonly isWorker: boolean;
  /** Shards that lie there. */
  readonly shards: number;
}

/** Our functions, as `name(types)`, that nodes lack, and that may not read tables on a shard yet. */
export interface FunctionsToPlace {
  readonly lacking: readonly string[];
  readonly mayNotRead: readonly string[];
}

/** True if the tables of tenants are distributed, or some of them. */
export async function isDistributed(database: Database): Promise<boolean> {
  if (!(await hasCitus(database))) return false;
  return (await readTables(database)).some(({ placement }) => placement === 'distributed');
}

/** Returns one row, with `found`. */
export const findCitus = `SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS found`;

export async function hasCitus(database: Database): Promise<boolean> {
  const [{ found }] = (await database.query(findCitus)) as [{ readonly found: boolean }];
  return found;
}

/**
 * Tables of this schema, without partitions, which follow their table. Those of tenants have `tenant` in each unique key; of the
 * tables of extensions, all others are shared.
 */
export async function readTables(database: Database): Promise<readonly PlacedTable[]> {
  return (await database.query(
    `SELECT name, placement, wanted, placement <> 'local' AND bytes > 0 AS "hasLeftover" FROM (
      SELECT c.relname::text AS name,
        CASE WHEN placed.partmethod = 'h' THEN 'distributed' WHEN placed.repmodel = 't' THEN 'reference'
          ELSE 'local' END AS placement,
        CASE WHEN c.relname = ANY ($1::text[]) THEN 'reference'
          WHEN a.attnum IS NOT NULL AND NOT EXISTS (SELECT FROM pg_index AS i
            WHERE i.indrelid = c.oid AND i.indisunique AND NOT a.attnum = ANY (i.indkey)) THEN 'distributed'
          WHEN starts_with(c.relname, 'ext_') THEN 'reference'
          ELSE 'local' END AS wanted,
        (SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(c.oid)) AS bytes
      FROM pg_class AS c
      LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
      LEFT JOIN pg_dist_partition AS placed ON placed.logicalrelid = c.oid
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition) AS found
    ORDER BY name`,
    [sharedTables],
  )) as readonly PlacedTable[];
}

export async function readFunctions(database: Database): Promise<FunctionsToPlace> {
  const [found] = (await database.query(
    `SELECT coalesce(array_agg(signature) FILTER (WHERE NOT placed), '{}') AS lacking,
      coalesce(array_agg(signature) FILTER (WHERE reads AND NOT allowed), '{}') AS "mayNotRead"
    FROM (
      SELECT p.oid::regprocedure::text AS signature, p.proname = ANY ($1::text[]) AS reads,
        coalesce('citus.allow_nested_distributed_execution=on' = ANY (p.proconfig), false) AS allowed,
        EXISTS (SELECT FROM pg_dist_object AS o WHERE o.classid = 'pg_proc'::regclass AND o.objid = p.oid) AS placed
      FROM pg_proc AS p
      WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f' AND starts_with(p.proname, 'lanyard_')
      ORDER BY 1) AS functions`,
    [readingFunctions],
  )) as [FunctionsToPlace];
  return found;
}

export async function readNodes(database: Database): Promise<readonly DatabaseNode[]> {
  return (await database.query(
    `SELECT n.nodename || ':' || n.nodeport AS name, n.nodename AS host, n.nodeport AS port, n.isactive AS "isActive", n.shouldhaveshards AS "isWorker",
      (SELECT count(*)::int FROM pg_dist_placement AS p WHERE p.groupid = n.groupid) AS shards
    FROM pg_dist_node AS n WHERE n.noderole = 'primary' ORDER BY n.nodeid`,
  )) as readonly DatabaseNode[];
}
