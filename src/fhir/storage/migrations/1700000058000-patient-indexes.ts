import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Partitions whose rows are mostly of one patient each. */
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
 * Rows patient by patient (docs/adr/0095-chains-patient-by-patient.md): the one patient in whose record the row is, `~` where there are several, null
 * where there is none.
 *
 * Lock: while an index is built, the partition can be read and not written (about 2 s per million rows). A large
 * installation builds them before the new version starts, outside a transaction, as `CREATE INDEX CONCURRENTLY` with the
 * same names: what is there already is passed over.
 */
export class PatientIndexes1700000058000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const partition of clinical) {
      await runner.query(
        `CREATE INDEX IF NOT EXISTS resource_${partition}_by_patient ON resource_${partition} ` +
          `(tenant, (CASE WHEN compartments[2] IS NULL THEN substr(compartments[1], 9) ELSE '~' END COLLATE "C"), id)`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const partition of clinical) await runner.query(`DROP INDEX resource_${partition}_by_patient`);
  }
}
