import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Exports that are organized by patient (docs/adr/0107).
 *
 * - `job_chunk.types`, `patients`: of each version, in the order of `ids`; null where a chunk is of one type and of any records.
 * - `job_file.continues`: the record that ends the file goes on in the next one.
 */
export class ExportsByPatient1700000060000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job_chunk ADD COLUMN types text[], ADD COLUMN patients text[]');
    await runner.query('ALTER TABLE job_file ADD COLUMN continues boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job_file DROP COLUMN continues');
    await runner.query('ALTER TABLE job_chunk DROP COLUMN types, DROP COLUMN patients');
  }
}
