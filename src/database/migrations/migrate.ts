import { type DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { placeTables } from '../distribution/place-tables.js';
import { isDistributed } from '../distribution/read-distribution.js';
import { underMigrationLock } from './migration-lock.js';
import { readSchemaState } from './pending-migrations.js';

/**
 * Brings the schema up to date, one migration after the other, each in a transaction of its own: no lock is held longer than it
 * needs. What is new in a distributed database is distributed as well.
 */
export async function migrate(
  dataSource: DataSource,
  tell: (line: string) => void = () => undefined,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (;;) {
    const next = await underMigrationLock(dataSource, (runner) => applyNext(dataSource, runner), tell);
    if (next === undefined) break;
    applied.push(next.name);
    tell(`Applied ${next.name}.`);
  }
  // A newer release has tables and functions that this one does not know.
  if ((await isDistributed(dataSource)) && (await readSchemaState(dataSource)).unknown.length === 0)
    await placeTables(dataSource, tell);
  return applied;
}

/** Another server may have been faster: what is pending is only known under the lock. */
async function applyNext(dataSource: DataSource, runner: QueryRunner): Promise<Migration | undefined> {
  const executor = new MigrationExecutor(dataSource, runner);
  const [next] = await executor.getPendingMigrations();
  return next && executor.executeMigration(next);
}
