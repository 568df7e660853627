import { hash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { asOperator } from '../tenant.js';
import type { TablePlace } from './tables-named.js';

/** The shards of all tables that lie together on one node. The name of a shard is that of its table with the number of the shard behind. */
export interface ShardGroupFacts {
  /** Shard of the first table, which stands for all of them. */
  readonly shard: number;
  /** Shards by the names of their tables; those of tables that every node has a copy of are among them. */
  readonly shards: Readonly<Record<string, number>>;
}

/** Text of a number that PostgreSQL cannot read. */
const givenAway = 'the shard is given away';

/** True for the failure of a statement of {@link ShardGroup.textOf} at a node that does not have the shards any more, or never had. */
export const isGivenAway = ({ code, message }: { readonly code?: unknown; readonly message: string }): boolean =>
  // A table that is not there is a shard that was removed.
  code === '42P01' || (code === '22P02' && message.includes(`"${givenAway}"`));

/** Statements of a tenant with the names of its shards: PostgreSQL plans them as those of any table, and Citus has no part in them (docs/adr/0179). */
export class ShardGroup {
  /** Other than that of any group with other shards. */
  readonly key: string;
  private readonly guard: string;

  constructor(private readonly facts: ShardGroupFacts) {
    this.key = hash('sha256', JSON.stringify(facts), 'hex').slice(0, 16);
    // After a move the shard stays for some seconds, while others are written to at its new node. OFFSET is computed before the first row is looked for;
    // a condition could be skipped beside another one that is false.
    this.guard =
      `OFFSET (SELECT CASE count(*) WHEN 1 THEN '0' ELSE '${givenAway}' END FROM pg_catalog.pg_dist_placement ` +
      `JOIN pg_catalog.pg_dist_local_group USING (groupid) WHERE shardid = ${facts.shard})::bigint`;
  }

  get shard(): number {
    return this.facts.shard;
  }

  /**
   * The statement with names of shards at these places of it; undefined where none is the name of a table. It fails where the node does not have the
   * shards at the moment whose rows it reads.
   */
  textOf(text: string, places: readonly TablePlace[]): string | undefined {
    const { shards } = this.facts;
    let read = 0;
    let made = 'SELECT * FROM (';
    for (const { table, start, end, hasAlias } of places) {
      if (!Object.hasOwn(shards, table)) continue;
      made += `${text.slice(read, start)}${table}_${shards[table]}${hasAlias ? '' : ` AS ${table}`}`;
      read = end;
    }
    if (read === 0) return undefined;
    return `${made}${text.slice(read)}\n) AS here ${this.guard}`;
  }
}

/** All tables that lie beside the first one, and those that each node has a copy of, by shards of the first one (`$1`). Longer names are cut. */
const groupsOfShards = `
  SELECT first.shardid::float8 AS shard, json_object_agg(c.relname, s.shardid) AS shards
  FROM pg_dist_shard AS first JOIN pg_dist_partition AS leads ON leads.logicalrelid = first.logicalrelid
  JOIN pg_dist_partition AS p ON p.colocationid = leads.colocationid OR p.repmodel = 't'
  JOIN pg_dist_shard AS s ON s.logicalrelid = p.logicalrelid AND (p.repmodel = 't' OR s.shardminvalue = first.shardminvalue)
  JOIN pg_class AS c ON c.oid = p.logicalrelid
  WHERE first.shardid = ANY ($1::bigint[]) AND c.relnamespace = current_schema()::regnamespace
    AND quote_ident(c.relname) = c.relname AND octet_length(c.relname || '_' || s.shardid) < 64
  GROUP BY first.shardid`;

/** Groups of shards by the shard of the first table of each. */
export async function readShardGroups(
  database: Pick<DataSource, 'query'>,
  shards: readonly number[],
): Promise<readonly ShardGroup[]> {
  const found = await asOperator('names of shards', () =>
    database.query<readonly ShardGroupFacts[]>(groupsOfShards, [shards]),
  );
  return found.map((facts) => new ShardGroup(facts));
}
