import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rows are indexed in a form that may change with a release, and releases write side by side.
 *
 * - `search_definition.form`: the form that rows are to have; what servers that know no forms write is '' (empty).
 * - `index_form`: what the index of a form consists of: the hash of each definition by its URL.
 * - `other_form_rows`: a row for each form other than that, by which rows of `type` (empty: of any) were written while
 *   `generation` was current. The fence notes it in the transaction of the write, so that nothing is written unseen; the job that indexes these rows anew waits
 *   for the writers of older generations and removes what is older than itself.
 */
export class IndexForm1700000040000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE search_definition ADD COLUMN form text NOT NULL DEFAULT ''`);
    await runner.query(`
      CREATE TABLE index_form (
        tenant      integer          NOT NULL,
        form        text COLLATE "C" NOT NULL,
        definitions text             NOT NULL,
        PRIMARY KEY (tenant, form)
      )`);
    await runner.query(`
      INSERT INTO index_form SELECT 1, '', coalesce(json_object_agg(url, definition), '{}')::text FROM extension_parameter`);
    await runner.query(`
      CREATE TABLE other_form_rows (
        tenant     integer NOT NULL,
        id         uuid    NOT NULL DEFAULT gen_random_uuid(),
        form       text    NOT NULL,
        type       text    NOT NULL,
        generation integer NOT NULL,
        PRIMARY KEY (tenant, id)
      )`);
    await runner.query(`
      CREATE FUNCTION lanyard_fence(known integer, written text, types text[]) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
      DECLARE
        wanted text;
        latest integer;
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(726193, known);
        SELECT form, generation INTO wanted, latest FROM search_definition WHERE tenant = 1;
        IF known IS DISTINCT FROM latest THEN
          RAISE EXCEPTION 'The search parameters have changed.' USING ERRCODE = 'LY001';
        END IF;
        IF written <> wanted THEN
          INSERT INTO other_form_rows (tenant, form, type, generation)
          SELECT 1, written, one, known FROM unnest(types) AS one WHERE NOT EXISTS (
            SELECT FROM other_form_rows WHERE tenant = 1 AND form = written AND type = one AND generation = known);
        END IF;
        RETURN true;
      END $$`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION lanyard_fence(known integer) RETURNS boolean LANGUAGE sql VOLATILE AS $$
        SELECT lanyard_fence(known, '', ARRAY[''])
      $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION lanyard_fence(known integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(726193, known);
        IF known IS DISTINCT FROM (SELECT generation FROM search_definition WHERE tenant = 1) THEN
          RAISE EXCEPTION 'The search parameters have changed.' USING ERRCODE = 'LY001';
        END IF;
        RETURN true;
      END $$`);
    await runner.query(`DROP FUNCTION lanyard_fence(integer, text, text[])`);
    await runner.query(`DROP TABLE other_form_rows`);
    await runner.query(`DROP TABLE index_form`);
    await runner.query(`ALTER TABLE search_definition DROP COLUMN form`);
  }
}
