import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As they were when this migration was released. */
const heavyTypes = [
  'CarePlan',
  'Claim',
  'Condition',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'ExplanationOfBenefit',
  'Immunization',
  'MedicationRequest',
  'Observation',
  'Patient',
  'Procedure',
];

/**
 * The table design (docs: ARCHITECTURE.md). `resource` holds the current version or the tombstone of each resource,
 * `resource_history` the superseded versions; both carry the index columns, so that one predicate judges either.
 *
 * - `body`: the resource as it is served; empty for a tombstone, whose index columns keep the last live values.
 * - `compartments`: exact `Patient/id` references.
 * - `tok`: 64-bit hashes (`lanyard_token`) of tokens, references and URIs; `val`: the exact entries that confirm a hash.
 * - `ranges`: dates (microseconds since 1970), numbers and quantities as half-open intervals.
 * - `num_low`, `num_high`, `str_low`, `str_high`: sort keys. The slot of a parameter is its place among the type's
 *   parameters of R4 that have an expression, by code, counted separately for numbers (date, number, quantity) and texts (string, token,
 *   reference, uri), from 1. It never changes, so that indexes such as `((num_low)[3])` can be added later.
 */
export class CreateResources1700000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TYPE index_range AS (parameter text, low numeric, high numeric, unit text, code text)`);
    await runner.query(`
      CREATE FUNCTION lanyard_token(entry text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT ('x' || encode(substr(sha256(convert_to(entry, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
      $$`);
    await runner.query(`
      CREATE TABLE resource (
        tenant       integer           NOT NULL,
        type         text COLLATE "C"  NOT NULL,
        id           text COLLATE "C"  NOT NULL,
        version      integer           NOT NULL,
        updated      timestamptz(3)    NOT NULL,
        deleted      boolean           NOT NULL,
        method       text              NOT NULL,
        body         text              NOT NULL,
        compartments text[]            NOT NULL,
        tok          bigint[]          NOT NULL,
        val          text[]            NOT NULL,
        ranges       index_range[]     NOT NULL,
        num_low      numeric[]         NOT NULL,
        num_high     numeric[]         NOT NULL,
        str_low      text[]            NOT NULL,
        str_high     text[]            NOT NULL,
        PRIMARY KEY (tenant, type, id)
      ) PARTITION BY LIST (type)`);
    await runner.query(`
      CREATE TABLE resource_history (
        LIKE resource,
        PRIMARY KEY (tenant, type, id, version)
      ) PARTITION BY LIST (type)`);
    await createPartitions(runner, 'resource');
    await createPartitions(runner, 'resource_history');
    await runner.query(`CREATE INDEX resource_tok ON resource USING gin (tok) WITH (fastupdate = off)`);
    for (const table of ['resource', 'resource_history']) {
      await runner.query(
        `CREATE INDEX ${table}_compartments ON ${table} USING gin (compartments) WITH (fastupdate = off)`,
      );
      await runner.query(`CREATE INDEX ${table}_updated ON ${table} (tenant, type, updated, id)`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE resource_history`);
    await runner.query(`DROP TABLE resource`);
    await runner.query(`DROP FUNCTION lanyard_token(text)`);
    await runner.query(`DROP TYPE index_range`);
  }
}

async function createPartitions(runner: QueryRunner, table: string): Promise<void> {
  for (const type of heavyTypes) {
    await runner.query(`CREATE TABLE ${table}_${type.toLowerCase()} PARTITION OF ${table} FOR VALUES IN ('${type}')`);
  }
  await runner.query(`CREATE TABLE ${table}_other PARTITION OF ${table} DEFAULT`);
}
