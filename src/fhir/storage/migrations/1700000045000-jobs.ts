import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Work that goes on after its request was answered (ADR 61).
 *
 * - `caller`: hash of issuer, subject and client, who alone may ask for it.
 * - `request`: JSON of what is to be done, and for whom; no token.
 * - `fence`: grows whenever a server takes the job, so that one that has lost it stores nothing.
 * - `answer`: JSON of the resource that it ended with.
 */
export class Jobs1700000045000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE job (
        tenant   integer          NOT NULL,
        id       text COLLATE "C" NOT NULL,
        kind     text             NOT NULL,
        caller   text COLLATE "C" NOT NULL,
        request  text             NOT NULL,
        state    text             NOT NULL DEFAULT 'waiting',
        fence    integer          NOT NULL DEFAULT 0,
        attempts integer          NOT NULL DEFAULT 0,
        lease    timestamptz,
        progress text,
        status   integer,
        answer   text,
        polled   timestamptz,
        created  timestamptz      NOT NULL DEFAULT now(),
        finished timestamptz,
        PRIMARY KEY (tenant, id)
      )`);
    await runner.query(`CREATE INDEX job_open ON job (tenant, created) WHERE state <> 'done'`);
    await runner.query(`CREATE INDEX job_finished ON job (tenant, finished) WHERE state = 'done'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE job');
  }
}
