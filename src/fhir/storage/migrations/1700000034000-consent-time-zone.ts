import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `time_zone`: what dates without a zone meant in the Consents that were read, and the rules of that zone. */
export class ConsentTimeZone1700000034000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE consent_reading ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE consent_reading DROP COLUMN time_zone`);
  }
}
