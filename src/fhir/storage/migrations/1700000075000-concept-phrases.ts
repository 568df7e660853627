import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `terminology_load.phrases`: phrases that rows of its concepts name by a character each (docs/adr/0172). Loads before have none and write them out.
 *
 * Lock: a moment.
 */
export class ConceptPhrases1700000075000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE terminology_load ADD COLUMN phrases text[] NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE terminology_load DROP COLUMN phrases');
  }
}
