import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The search parameters of extensions that all stored rows are indexed by, with a hash of what each of them means. */
export class ExtensionParameters1700000004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE extension_parameter (url text PRIMARY KEY, definition text NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE extension_parameter`);
  }
}
