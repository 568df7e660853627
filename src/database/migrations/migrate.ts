import { setTimeout as delay } from 'node:timers/promises';
import { type DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { codeOf } from '../database-away.js';
import { lockNotAvailable } from './lock-not-available.js';

/** Any number will do, as long as every version of the server takes the same. */
const migrationLock = 7_261_933_005;
/** Milliseconds to wait for a lock: a waiting migration holds up all later statements on the table. */
const lockPatienceMs = 3000;
const attempts = 40;
const pauseMs = 1000;

/**
 * Brings the schema up to date, one migration after the other, each in a transaction of its own: all of it or nothing, and no
 * lock longer than it needs. Of several servers that start at once, one migrates and the others wait for it. The lock
 * belongs to the transaction, since a session has no locks behind a transaction pooler.
 */
export async function migrate(
  dataSource: DataSource,
  tell: (line: string) => void = () => undefined,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (;;) {
    const name = await patiently(() => applyNext(dataSource), tell);
    if (name === undefined) return applied;
    applied.push(name);
    tell(`Applied ${name}.`);
  }
}

/** A table that is in use now is free a moment later. */
async function patiently<T>(work: () => Promise<T>, tell: (line: string) => void): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== lockNotAvailable || attempt === attempts) throw error;
      if (attempt === 1) tell('A table is in use; trying again until it is free for a moment.');
      await delay(pauseMs);
    }
  }
}

async function applyNext(dataSource: DataSource): Promise<string | undefined> {
  const queryRunner = dataSource.createQueryRunner();
  await queryRunner.connect();
  try {
    await queryRunner.startTransaction();
    const next = await nextPending(dataSource, queryRunner);
    await queryRunner.commitTransaction();
    return next?.name;
  } catch (error) {
    // A lost connection has rolled back already.
    if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await queryRunner.release();
  }
}

/** Another server may have been faster: what is pending is only known under the lock. */
async function nextPending(dataSource: DataSource, queryRunner: QueryRunner): Promise<Migration | undefined> {
  await queryRunner.query('SET LOCAL statement_timeout = 0');
  await queryRunner.query('SELECT pg_advisory_xact_lock($1::bigint)', [migrationLock]);
  await queryRunner.query(`SET LOCAL lock_timeout = ${lockPatienceMs}`);
  const executor = new MigrationExecutor(dataSource, queryRunner);
  const [next] = await executor.getPendingMigrations();
  return next && executor.executeMigration(next);
}
