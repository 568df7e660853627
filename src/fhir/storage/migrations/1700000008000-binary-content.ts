import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Content of Binaries that is too large for the body of the resource.
 *
 * - `binary_content`: the bytes, in parts of a fixed size that count from 0. Not compressed: most of it is already.
 * - `binary_version`: which version has which content; versions that an edit made share that of the one before.
 * - `binary_upload`: content that no version has yet. What stays here for a day was given up, and goes.
 */
export class BinaryContent1700000008000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE binary_content (
        tenant     integer NOT NULL,
        content_id uuid    NOT NULL,
        part       integer NOT NULL,
        bytes      bytea   NOT NULL,
        PRIMARY KEY (tenant, content_id, part)
      )`);
    await runner.query(`ALTER TABLE binary_content ALTER COLUMN bytes SET STORAGE EXTERNAL`);
    await runner.query(`
      CREATE TABLE binary_version (
        tenant     integer          NOT NULL,
        id         text COLLATE "C" NOT NULL,
        version    integer          NOT NULL,
        content_id uuid             NOT NULL,
        size       bigint           NOT NULL,
        PRIMARY KEY (tenant, id, version)
      )`);
    await runner.query(`
      CREATE TABLE binary_upload (
        tenant     integer     NOT NULL,
        content_id uuid        NOT NULL,
        began      timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, content_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['binary_upload', 'binary_version', 'binary_content']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
