import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Search parameters that SearchParameter resources define, and the jobs that index stored rows anew.
 *
 * - `search_definition`: one row. `generation` grows when rows are to be indexed by other parameters than before,
 *   `revision` with any change, `settled` is the generation that no write is older than.
 * - `lanyard_fence`: called by every write of index columns with the generation they were made by. It holds that generation
 *   until the end of the transaction and fails if another is current. Whoever made a new one waits for the holders of the
 *   old, so that no row escapes the job that follows.
 * - `custom_parameter`: `state` is building, active, failed or removing; `job` is the one that brings it further; `slot` its
 *   place among the sort keys.
 * - `index_job`: `state` is waiting, running, done or failed; `type_at`, `in_history`, `at_id`, `at_version` tell how far it
 *   is; `owner` works at it until `lease`.
 */
export class CustomParameters1700000011000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE search_definition (
        tenant     integer PRIMARY KEY,
        generation integer NOT NULL,
        revision   integer NOT NULL,
        settled    integer NOT NULL
      )`);
    await runner.query(`INSERT INTO search_definition VALUES (1, 1, 1, 1)`);
    await runner.query(`
      CREATE FUNCTION lanyard_fence(known integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(726193, known);
        IF known IS DISTINCT FROM (SELECT generation FROM search_definition WHERE tenant = 1) THEN
          RAISE EXCEPTION 'The search parameters have changed.' USING ERRCODE = 'LY001';
        END IF;
        RETURN true;
      END $$`);
    await runner.query(`
      CREATE TABLE custom_parameter (
        tenant      integer          NOT NULL,
        url         text COLLATE "C" NOT NULL,
        resource_id text COLLATE "C" NOT NULL,
        definition  text             NOT NULL,
        state       text             NOT NULL,
        job         integer          NOT NULL,
        slot        integer,
        reason      text,
        PRIMARY KEY (tenant, url)
      )`);
    await createJobs(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE index_job`);
    await runner.query(`DROP TABLE custom_parameter`);
    await runner.query(`DROP FUNCTION lanyard_fence(integer)`);
    await runner.query(`DROP TABLE search_definition`);
  }
}

async function createJobs(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE index_job (
      id         integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant     integer     NOT NULL,
      kind       text        NOT NULL,
      types      text[]      NOT NULL,
      generation integer     NOT NULL,
      settles    boolean     NOT NULL,
      state      text        NOT NULL DEFAULT 'waiting',
      attempts   integer     NOT NULL DEFAULT 0,
      owner      text,
      lease      timestamptz,
      type_at    integer     NOT NULL DEFAULT 0,
      in_history boolean     NOT NULL DEFAULT false,
      at_id      text        NOT NULL DEFAULT '',
      at_version integer     NOT NULL DEFAULT 0,
      rows_done  bigint      NOT NULL DEFAULT 0,
      rows_total bigint,
      sampled    integer,
      differing  integer,
      reason     text,
      created    timestamptz NOT NULL DEFAULT now(),
      finished   timestamptz
    )`);
  await runner.query(`CREATE INDEX index_job_open ON index_job (id) WHERE state IN ('waiting', 'running')`);
}
