import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { codeOf } from '../database-away.js';
import { lockNotAvailable } from './lock-not-available.js';

/** Any number will do, as long as every version of the server takes the same. */
const migrationLock = 7_261_933_005;
/** Milliseconds to wait for a lock: a waiting migration holds up all later statements on the table. */
const lockPatienceMs = 3000;
const attempts = 40;
const pauseMs = 1000;

/**
 * Runs one step that changes the schema, in a transaction of its own: all of it or nothing. Of several servers one works and the
 * others wait. The lock belongs to the transaction, since a session has no locks behind a transaction pooler. A table that is in use is
 * tried again, so that the step holds up nobody for long.
 */
export async function underMigrationLock<T>(
  dataSource: DataSource,
  step: (runner: QueryRunner) => Promise<T>,
  tell: (line: string) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inOneTransaction(dataSource, step);
    } catch (error) {
      if (codeOf(error) !== lockNotAvailable || attempt === attempts) throw error;
      if (attempt === 1) tell('A table is in use; trying again until it is free for a moment.');
      await delay(pauseMs);
    }
  }
}

async function inOneTransaction<T>(dataSource: DataSource, step: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    await runner.startTransaction();
    await runner.query('SET LOCAL statement_timeout = 0');
    // Citus: one shard after the other, so that a step may change tables and functions. Elsewhere nothing reads it.
    await runner.query(`SET LOCAL citus.multi_shard_modify_mode = 'sequential'`);
    await runner.query('SELECT pg_advisory_xact_lock($1::bigint)', [migrationLock]);
    await runner.query(`SET LOCAL lock_timeout = ${lockPatienceMs}`);
    const result = await step(runner);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // A lost connection has rolled back already.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}
