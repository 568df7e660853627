import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `terminology_concept.links`: JSON of the codes right above and below a concept (docs/adr/0162). Null in rows of loads before: these are found by the
 * numbers, as they were.
 *
 * Lock: a moment.
 */
export class ConceptLinks1700000070000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE terminology_concept ADD COLUMN links text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE terminology_concept DROP COLUMN links');
  }
}
