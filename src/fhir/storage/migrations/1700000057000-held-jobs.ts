import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs that are made of several calls (ADR 98): `job.submission` is JSON of what those said. */
export class HeldJobs1700000057000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job ADD COLUMN submission text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job DROP COLUMN submission');
  }
}
