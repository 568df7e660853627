import { type DataSource, MigrationExecutor } from 'typeorm';

/** Any number will do, as long as every version of the server takes the same. */
const migrationLock = 7_261_933_005;

/**
 * Brings the schema up to date, all of it or nothing. Of several servers that start at once, one migrates and the others wait
 * for it. The lock belongs to the transaction, since a session has no locks behind a transaction pooler.
 */
export async function migrate(dataSource: DataSource): Promise<readonly string[]> {
  const queryRunner = dataSource.createQueryRunner();
  await queryRunner.connect();
  try {
    await queryRunner.startTransaction();
    await queryRunner.query('select pg_advisory_xact_lock($1::bigint)', [migrationLock]);
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'all';
    const applied = await executor.executePendingMigrations();
    await queryRunner.commitTransaction();
    return applied.map(({ name }) => name);
  } catch (error) {
    // A lost connection has rolled back already.
    if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await queryRunner.release();
  }
}
