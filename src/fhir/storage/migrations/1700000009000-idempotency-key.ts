import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What became of requests with an Idempotency-Key, for a day.
 *
 * - `caller`: hash of issuer, subject and client.
 * - `request`: hash of what was sent.
 * - `answer`: JSON of what was written, without content: who repeats the request reads that under their access of then.
 */
export class IdempotencyKey1700000009000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_key (
        tenant  integer          NOT NULL,
        caller  text COLLATE "C" NOT NULL,
        key     text COLLATE "C" NOT NULL,
        request text             NOT NULL,
        answer  text,
        created timestamptz      NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, caller, key)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_key');
  }
}
