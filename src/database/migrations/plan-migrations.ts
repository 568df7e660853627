import type { DataSource, QueryRunner } from 'typeorm';
import { isGuarded } from './extension-migration.js';
import { type MigrationClass, readSchemaState } from './pending-migrations.js';
import { statementEffect, type StatementEffect } from './statement-effect.js';

export interface PlannedMigration {
  readonly name: string;
  readonly effects: readonly PlannedEffect[];
}

export interface PlannedEffect extends StatementEffect {
  /** Estimates of PostgreSQL; absent where no table of before is concerned. */
  readonly rows?: number;
  readonly bytes?: number;
  /** Statement that can run before, while servers go on; the migration then finds it done. */
  readonly ahead?: string;
}

/** Effects of each pending migration. Only questions about sizes are run. */
export async function planMigrations(dataSource: DataSource): Promise<readonly PlannedMigration[]> {
  const { pending } = await readSchemaState(dataSource);
  const sizes = await readSizes(dataSource);
  const planned: PlannedMigration[] = [];
  for (const migration of pending) {
    const statements = await statementsOf(migration);
    planned.push({ name: migration.name, effects: statements.map((statement) => planOf(statement, sizes)) });
  }
  return planned;
}

/** The statements of a migration, without a database: whatever it asks is answered with nothing. */
export async function statementsOf(migration: MigrationClass): Promise<readonly string[]> {
  const statements: string[] = [];
  const recorder = {
    query: (statement: string): Promise<unknown[]> => {
      statements.push(statement);
      return Promise.resolve([]);
    },
  };
  const step = new migration();
  await (isGuarded(step) ? step.unguarded(recorder) : step.up(recorder as unknown as QueryRunner));
  return statements;
}

interface Size {
  readonly rows: number;
  readonly bytes: number;
}

/** A table that the plan itself makes blocks nobody. */
function planOf(statement: string, sizes: ReadonlyMap<string, Size>): PlannedEffect {
  const { table, ...effect } = statementEffect(statement);
  const size = table === undefined ? undefined : sizes.get(table);
  if (table === undefined || size === undefined)
    return { ...effect, lock: effect.breaks === undefined ? 'none' : effect.lock };
  const ahead = effect.lock === 'writes' ? aheadOf(statement) : undefined;
  return { ...effect, table, ...size, ...(ahead !== undefined && { ahead }) };
}

/** An index that passes over what is there can be built before, without a lock. */
function aheadOf(statement: string): string | undefined {
  const text = statement.replace(/\s+/g, ' ').trim();
  return /^create index if not exists /i.test(text)
    ? text.replace(/^create index if not exists /i, 'CREATE INDEX CONCURRENTLY IF NOT EXISTS ')
    : undefined;
}

/** Tables by name, partitions counted with their parent too. */
async function readSizes(dataSource: DataSource): Promise<ReadonlyMap<string, Size>> {
  const rows = await dataSource.query<readonly (Size & { readonly name: string })[]>(
    `SELECT root.relname AS name, coalesce(sum(greatest(leaf.reltuples, 0)), 0)::float8 AS rows,
       coalesce(sum(pg_total_relation_size(leaf.oid)), 0)::float8 AS bytes
     FROM pg_class root CROSS JOIN LATERAL pg_partition_tree(root.oid) tree JOIN pg_class leaf ON leaf.oid = tree.relid
     WHERE root.relnamespace = current_schema()::regnamespace AND root.relkind = 'p' GROUP BY 1
     UNION ALL
     SELECT relname, greatest(reltuples, 0)::float8, pg_total_relation_size(oid)::float8 FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`,
  );
  return new Map(rows.map(({ name, ...size }) => [name, size]));
}
