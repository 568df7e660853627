import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['resource_patient', 'resource_history_patient'] as const;

/**
 * Rows of Patients of up to 4 kB keep their text in line (docs/adr/0176-texts-of-patients-stay-in-line.md): beyond 2 kB it was put elsewhere, and written, removed and
 * fetched by an index of its own. Rows that are there stay as they are until they are written.
 *
 * Lock: a moment, beside reads and writes.
 */
export class PatientsInLine1700000078000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`ALTER TABLE ${table} SET (toast_tuple_target = 4080)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`ALTER TABLE ${table} RESET (toast_tuple_target)`);
  }
}
