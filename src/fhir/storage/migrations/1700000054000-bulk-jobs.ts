import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Jobs that hand out many resources (ADR 78).
 *
 * - `job`: what is done, for whom, and how much of it; `planned` is the instant that the snapshot is of.
 * - `job_chunk`: versions of one type that the job is yet to write, as they were in the snapshot; `plan` tells those of a server
 *   that lost the job while it planned from those that count.
 * - `job_file`: files that it has written; the bytes lie where contents of Binaries do.
 */
export class BulkJobs1700000054000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE job
        ADD COLUMN operation       text,
        ADD COLUMN requester       text,
        ADD COLUMN planned         timestamptz,
        ADD COLUMN plan            integer,
        ADD COLUMN remarks         text,
        ADD COLUMN resources       bigint NOT NULL DEFAULT 0,
        ADD COLUMN bytes           bigint NOT NULL DEFAULT 0,
        ADD COLUMN total_resources bigint,
        ADD COLUMN total_bytes     bigint`);
    await runner.query(`
      CREATE TABLE job_chunk (
        tenant      integer          NOT NULL,
        job         text COLLATE "C" NOT NULL,
        plan        integer          NOT NULL,
        chunk       integer          NOT NULL,
        kind        text             NOT NULL,
        type        text             NOT NULL,
        fingerprint text             NOT NULL,
        ids         text[]           NOT NULL,
        versions    integer[]        NOT NULL,
        bytes       bigint           NOT NULL,
        PRIMARY KEY (tenant, job, plan, chunk)
      )`);
    await runner.query(`
      CREATE TABLE job_file (
        tenant      integer          NOT NULL,
        job         text COLLATE "C" NOT NULL,
        file        integer          NOT NULL,
        kind        text             NOT NULL,
        type        text             NOT NULL,
        fingerprint text             NOT NULL,
        resources   bigint           NOT NULL,
        size        bigint           NOT NULL,
        content_id  uuid             NOT NULL,
        PRIMARY KEY (tenant, job, file)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE job_file');
    await runner.query('DROP TABLE job_chunk');
    await runner.query(`
      ALTER TABLE job
        DROP COLUMN operation, DROP COLUMN requester, DROP COLUMN planned, DROP COLUMN plan, DROP COLUMN remarks, DROP COLUMN resources,
        DROP COLUMN bytes, DROP COLUMN total_resources, DROP COLUMN total_bytes`);
  }
}
