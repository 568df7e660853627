import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `job_file.part_sizes`: bytes of the parts of a file that the database has put together (docs/adr/0148); null where they are of the usual size. */
export class PartsOfFiles1700000067000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job_file ADD COLUMN part_sizes integer[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job_file DROP COLUMN part_sizes');
  }
}
