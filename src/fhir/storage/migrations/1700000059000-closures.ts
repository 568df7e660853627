import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Closure tables that callers keep by `$closure` (docs/adr/0108).
 *
 * - `terminology_closure`: one row for each caller and name. `closure` is another one after each initialisation; `version` counts the calls that added
 *   concepts; `systems` is JSON of the code systems, each with the edition that its relations were told by.
 * - `terminology_closure_concept`: its concepts, `code` as it was sent, `own` as the code system writes it, `added` the version that added it.
 */
export class Closures1700000059000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE terminology_closure (
        tenant  integer          NOT NULL,
        caller  text COLLATE "C" NOT NULL,
        name    text COLLATE "C" NOT NULL,
        closure uuid             NOT NULL,
        version integer          NOT NULL,
        systems text             NOT NULL,
        used    timestamptz      NOT NULL,
        PRIMARY KEY (tenant, caller, name)
      )`);
    await runner.query('CREATE INDEX terminology_closure_used ON terminology_closure (tenant, used)');
    await runner.query(`
      CREATE TABLE terminology_closure_concept (
        tenant  integer          NOT NULL,
        closure uuid             NOT NULL,
        system  text COLLATE "C" NOT NULL,
        code    text COLLATE "C" NOT NULL,
        own     text COLLATE "C" NOT NULL,
        added   integer          NOT NULL,
        PRIMARY KEY (tenant, closure, system, code)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE terminology_closure_concept');
    await runner.query('DROP TABLE terminology_closure');
  }
}
