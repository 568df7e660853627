import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Partitions that have an index patient by patient. */
const clinical = [
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
 * The few rows in the records of several patients, by each of them (docs/adr/0171-reverse-includes-come-patient-by-patient.md).
 *
 * Lock: while an index is built, the partition can be read and not written; it is read whole, and few rows are put down. A large
 * installation builds them before the new version starts, outside a transaction, as `CREATE INDEX CONCURRENTLY` with the
 * same names: what is there already is passed over.
 */
export class SeveralPatients1700000073000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const partition of clinical) {
      await runner.query(
        `CREATE INDEX IF NOT EXISTS resource_${partition}_of_several ON resource_${partition} ` +
          `USING gin ((compartments[1:])) WITH (fastupdate = off) WHERE compartments[2] IS NOT NULL`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const partition of clinical) await runner.query(`DROP INDEX resource_${partition}_of_several`);
  }
}
