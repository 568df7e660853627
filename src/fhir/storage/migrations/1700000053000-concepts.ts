import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Concepts of loaded code systems (docs/adr/0082).
 *
 * - `terminology_load`: one row for each version of a code system; `id` is that of its CodeSystem, `load` leads its concepts.
 * - `terminology_concept`: numbered from 1 in the order of the release. `ancestors` has all concepts above, `below` how many are below; `words` has the
 *   words of each text, `keys` each property as `name=value`, `told` JSON of definition, designations and properties.
 * - `terminology_posting`: numbers of the concepts that a word, a property or a concept above leads to, in rows of at most 400.
 */
export class Concepts1700000053000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE terminology_load (
        tenant    integer          NOT NULL,
        load      integer          NOT NULL,
        id        text COLLATE "C" NOT NULL,
        url       text COLLATE "C" NOT NULL,
        version   text COLLATE "C" NOT NULL,
        format    text             NOT NULL,
        content   text             NOT NULL,
        concepts  integer          NOT NULL,
        loaded_by text             NOT NULL,
        loaded_at timestamptz      NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, load)
      )`);
    await runner.query('CREATE UNIQUE INDEX terminology_load_id ON terminology_load (tenant, id)');
    await runner.query(`
      CREATE TABLE terminology_concept (
        tenant    integer          NOT NULL,
        load      integer          NOT NULL,
        concept   integer          NOT NULL,
        code      text COLLATE "C" NOT NULL,
        display   text,
        flags     smallint         NOT NULL,
        below     integer          NOT NULL,
        parents   integer[]        NOT NULL,
        ancestors integer[]        NOT NULL,
        words     text[] COLLATE "C" NOT NULL,
        keys      text[] COLLATE "C" NOT NULL,
        told      text             NOT NULL,
        PRIMARY KEY (tenant, load, concept)
      )`);
    await runner.query('CREATE UNIQUE INDEX terminology_concept_code ON terminology_concept (tenant, load, code)');
    await runner.query(`
      CREATE TABLE terminology_posting (
        tenant   integer          NOT NULL,
        load     integer          NOT NULL,
        kind     text COLLATE "C" NOT NULL,
        key      text COLLATE "C" NOT NULL,
        chunk    integer          NOT NULL,
        concepts integer[]        NOT NULL,
        PRIMARY KEY (tenant, load, kind, key, chunk)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE terminology_posting');
    await runner.query('DROP TABLE terminology_concept');
    await runner.query('DROP TABLE terminology_load');
  }
}
