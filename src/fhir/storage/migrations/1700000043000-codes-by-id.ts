import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Partitions whose hashes begin with the first code. */
const coded = [
  'observation',
  'encounter',
  'condition',
  'diagnosticreport',
  'documentreference',
  'procedure',
  'immunization',
  'medicationrequest',
] as const;

/**
 * Pages of a code in the order of ids (docs/adr/0032-a-code-in-the-order-of-ids.md), whatever else is asked of its rows.
 *
 * Lock: while an index is built, the partition can be read and not written (about 1 s per million rows). A large
 * installation builds them before the new version starts, outside a transaction, as `CREATE INDEX CONCURRENTLY` with the
 * same names: what is there already is passed over.
 */
export class CodesById1700000043000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const partition of coded) {
      await runner.query(
        `CREATE INDEX IF NOT EXISTS resource_${partition}_code_id ON resource_${partition} (tenant, ((tok)[1]), id)`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const partition of coded) await runner.query(`DROP INDEX resource_${partition}_code_id`);
  }
}
