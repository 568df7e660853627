import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The processes that serve from this database (docs/adr/0138). */
export class ServerProcesses1700000066000 implements MigrationInterface {
  readonly name = 'ServerProcesses1700000066000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE server_process (
        tenant integer NOT NULL,
        id uuid NOT NULL,
        host text NOT NULL,
        pid integer NOT NULL,
        version text NOT NULL,
        migration text NOT NULL,
        state text NOT NULL,
        load jsonb NOT NULL,
        started timestamptz NOT NULL,
        seen timestamptz NOT NULL,
        PRIMARY KEY (tenant, id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE server_process');
  }
}
