import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `words`: the words of the current version, for `_text` and `_content`; the narrative's have the weight A. Null until the
 * row is indexed anew, which the server does when it starts. A row brings a dozen words and more, so that new ones are
 * gathered before they are told the index: on Synthea's records that saves a third of all that writes log, and a search
 * reads through 256 kB at most.
 */
export class ResourceWords1700000010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE resource ADD COLUMN words tsvector`);
    await runner.query(
      `CREATE INDEX resource_words ON resource USING gin (words) WITH (fastupdate = on, gin_pending_list_limit = 256)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE resource DROP COLUMN words`);
  }
}
