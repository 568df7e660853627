import type { MigrationInterface, QueryRunner } from 'typeorm';

/** All partitions but those of Patients, which are larger, and of AuditEvents, which are shorter. */
const partitions = [
  'careplan',
  'claim',
  'condition',
  'diagnosticreport',
  'documentreference',
  'encounter',
  'explanationofbenefit',
  'immunization',
  'medicationrequest',
  'observation',
  'other',
  'procedure',
] as const;

const tables = partitions.flatMap((partition) => [`resource_${partition}`, `resource_history_${partition}`]);

/**
 * Rows of up to 2,712 bytes, of which three fill a page, keep their text in line (docs/adr/0185-three-clinical-rows-fill-a-page.md): beyond 2 kB it was put elsewhere,
 * and the page had room for one row more that nothing filled. Rows that are there stay as they are until they are written.
 *
 * Lock: a moment, beside reads and writes.
 */
export class ClinicalRowsInLine1700000080000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`ALTER TABLE ${table} SET (toast_tuple_target = 2712)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`ALTER TABLE ${table} RESET (toast_tuple_target)`);
  }
}
