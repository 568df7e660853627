import { escapeIdentifier } from 'pg';
import type { DataSource } from 'typeorm';
import { hasCitus } from './distribution/read-distribution.js';
import { inTransaction } from './in-transaction.js';
import { poolOf } from './pool-of.js';
import { asOperator } from './tenant.js';

const lookEvery = 5_000;
/** Changed rows that no plan minds. */
const fewRows = 500;

/** Tables that searches, judgements of rows and terminology read beside those of resources; those of queues come and go, and stay out. */
const others = [
  'binary_version',
  'consent_rule',
  'package_definition',
  'terminology_closure_concept',
  'terminology_concept',
  'terminology_posting',
];

/**
 * Tables that have doubled since they were analysed, or were never: autovacuum comes once a minute, and until then
 * searches are planned as if they were as small as before. `reltuples` is -1 where nobody knows.
 */
const outgrown = `
  SELECT t.relname AS name FROM pg_stat_user_tables AS s JOIN pg_class AS t ON t.oid = s.relid
  WHERE s.schemaname = ANY (current_schemas(false)) AND t.relkind = 'r'
    AND t.relname ~ '^(resource_.*|(${others.join('|')})(_[0-9]+)?)$'
    AND s.n_mod_since_analyze > ${fewRows} + greatest(t.reltuples, 0) AND pg_has_role(t.relowner, 'USAGE')
  ORDER BY s.n_mod_since_analyze DESC`;

/** Shards that a node analyses in one look: each takes up to two seconds, none can be moved until the last is done, and the next look goes on. */
const mostShards = 5;

/**
 * On Citus rows lie in shards, of which each node counts changes by itself: one statement makes all nodes analyse what has outgrown its statistics
 * there. A node that is away answers nothing, and does it at a later look.
 */
const analyseShards = `SELECT run_command_on_workers($nodes$
  DO $look$ DECLARE shard record; BEGIN
    FOR shard IN ${outgrown} LIMIT ${mostShards} LOOP EXECUTE format('ANALYZE (SKIP_LOCKED) %I', shard.name); END LOOP;
  END $look$ $nodes$)`;

const takeTurn = `SELECT pg_try_advisory_xact_lock(hashtextextended('lanyard statistics', 0)) AS taken`;

/**
 * Sees to the statistics that PostgreSQL plans searches by, while rows are loaded (docs/adr/0085). One server of all on the database
 * does it at a time; one whose role does not own the tables leaves it to autovacuum.
 */
export class FreshStatistics {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private isOnCitus: boolean | undefined;

  constructor(private readonly dataSource: DataSource) {}

  start(): void {
    // A database that is away has nothing to plan: the next look will do.
    this.timer = setInterval(() => void this.look().catch(() => undefined), lookEvery).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking?.catch(() => undefined);
  }

  /** Analyses what has outgrown its statistics; parallel calls share one look. */
  look(): Promise<void> {
    this.looking ??= asOperator('statistics of tables', () => this.lookOnce()).finally(
      () => (this.looking = undefined),
    );
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const found = await this.dataSource.query<{ name: string }[]>(outgrown);
    for (const { name } of found) if (!(await this.inTurn(`ANALYZE (SKIP_LOCKED) ${escapeIdentifier(name)}`))) return;
    this.isOnCitus ??= await hasCitus(this.dataSource);
    if (this.isOnCitus) await this.inTurn(analyseShards);
  }

  /** False where another server has the turn. What it has analysed meanwhile is analysed once more at the worst. */
  private inTurn(statement: string): Promise<boolean> {
    return inTransaction(
      poolOf(this.dataSource),
      (client) => client.query('BEGIN'),
      async (client) => {
        const { rows } = await client.query<{ taken: boolean }>(takeTurn);
        if (rows[0]?.taken !== true) return false;
        await client.query(statement);
        return true;
      },
    );
  }
}
