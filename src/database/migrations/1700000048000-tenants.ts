import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tenants that there are (docs/adr/0068). What is there becomes the tenant `default`, which is all that servers of the release before know. */
export class Tenants1700000048000 implements MigrationInterface {
  readonly name = 'Tenants1700000048000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE tenant (
        tenant integer PRIMARY KEY,
        name text NOT NULL UNIQUE,
        state text NOT NULL CHECK (state IN ('active', 'suspended')),
        created timestamptz NOT NULL DEFAULT now(),
        generation bigint NOT NULL
      )`);
    await queryRunner.query(`INSERT INTO tenant (tenant, name, state, generation) VALUES (1, 'default', 'active', 1)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE tenant');
  }
}
