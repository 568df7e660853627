import { type DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { dropViews, hasViews, placeViews } from '../belt/place-views.js';
import { codeOf } from '../database-away.js';
import { placeTables } from '../distribution/place-tables.js';
import { isDistributed } from '../distribution/read-distribution.js';
import { underMigrationLock } from './migration-lock.js';
import { readSchemaState } from './pending-migrations.js';

/**
 * Brings the schema up to date, one migration after the other, each in a transaction of its own: no lock is held longer than it
 * needs. What is new in a distributed database is distributed as well, and views of tables follow them. `server`: a role that gets views.
 */
export async function migrate(
  dataSource: DataSource,
  tell: (line: string) => void = () => undefined,
  server?: string,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (;;) {
    const next = await applyNext(dataSource, tell);
    if (next === undefined) break;
    applied.push(next.name);
    tell(`Applied ${next.name}.`);
  }
  // A newer release has tables and functions that this one does not know.
  if ((await isDistributed(dataSource)) && (await readSchemaState(dataSource)).unknown.length === 0)
    await placeTables(dataSource, tell);
  if (server !== undefined) await underMigrationLock(dataSource, (runner) => placeViews(runner, server), tell);
  return applied;
}

/** SQLSTATEs of a column that a view keeps from being dropped or changed. */
const heldByView = ['2BP01', '0A000'];

/** Running servers read through views: those go away, for the time of the transaction, only where the migration fails otherwise. */
async function applyNext(dataSource: DataSource, tell: (line: string) => void): Promise<Migration | undefined> {
  try {
    return await underMigrationLock(dataSource, (runner) => applyOne(dataSource, runner), tell);
  } catch (error) {
    if (!heldByView.includes(codeOf(error) ?? '') || !(await hasViews(dataSource))) throw error;
    const withoutViews = async (runner: QueryRunner): Promise<Migration | undefined> => {
      await dropViews(runner);
      return applyOne(dataSource, runner);
    };
    return underMigrationLock(dataSource, withoutViews, tell);
  }
}

/** Another server may have been faster: what is pending is only known under the lock. */
async function applyOne(dataSource: DataSource, runner: QueryRunner): Promise<Migration | undefined> {
  const executor = new MigrationExecutor(dataSource, runner);
  const [next] = await executor.getPendingMigrations();
  if (!next) return undefined;
  await executor.executeMigration(next);
  await placeViews(runner);
  return next;
}
