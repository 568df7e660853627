import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Index columns that no plan estimates by statistics of their own; expressions of indexes on them have others. */
const columns = ['ranges', 'num_low', 'num_high', 'str_low', 'str_high'] as const;

const tables = ['resource', 'resource_history'] as const;

/**
 * No statistics about arrays of ranges and sort keys: more than half of what `ANALYZE` costs while rows are loaded
 * (docs/adr/0133-statistics-of-what-is-planned-by.md). Citus takes no such change of a distributed table, where its nodes keep them.
 *
 * Lock: a moment, beside reads and writes.
 */
export class FewerStatistics1700000061000 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return setTarget(runner, 0);
  }

  down(runner: QueryRunner): Promise<void> {
    return setTarget(runner, -1);
  }
}

async function setTarget(runner: QueryRunner, target: number): Promise<void> {
  if (await isDistributed(runner)) return;
  const changes = columns.map((column) => `ALTER COLUMN ${column} SET STATISTICS ${target}`).join(', ');
  for (const table of tables) await runner.query(`ALTER TABLE ${table} ${changes}`);
}

/** False as well for a runner that only collects statements, and has no rows. */
export async function isDistributed(runner: QueryRunner): Promise<boolean> {
  const [citus] = (await runner.query(
    `SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL AS found`,
  )) as readonly { readonly found: boolean }[];
  if (!citus?.found) return false;
  const rows = (await runner.query(
    `SELECT FROM pg_dist_partition WHERE logicalrelid = 'resource'::regclass`,
  )) as readonly unknown[];
  return rows.length > 0;
}
