import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Jobs that take many resources in (ADR 84).
 *
 * - `job.checkpoint`: JSON of how far it is, written in the transaction that stores the resources before it.
 * - `job_failure`: an OperationOutcome for each resource that was not stored, until they become a file.
 */
export class ImportJobs1700000055000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job ADD COLUMN checkpoint text');
    await runner.query(`
      CREATE TABLE job_failure (
        tenant  integer          NOT NULL,
        job     text COLLATE "C" NOT NULL,
        failure integer          NOT NULL,
        outcome text             NOT NULL,
        PRIMARY KEY (tenant, job, failure)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE job_failure');
    await runner.query('ALTER TABLE job DROP COLUMN checkpoint');
  }
}
