import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The tenants that there are, and a secret of each name for each of them (docs/adr/0068). What is there becomes the tenant `default`.
 * Servers of the release before have one tenant, and read the secrets as they did.
 */
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
    await queryRunner.query(`
      ALTER TABLE server_secret ADD COLUMN tenant integer NOT NULL DEFAULT 1,
        DROP CONSTRAINT server_secret_pkey, ADD PRIMARY KEY (tenant, name)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DELETE FROM server_secret WHERE tenant <> 1');
    await queryRunner.query('ALTER TABLE server_secret DROP COLUMN tenant, ADD PRIMARY KEY (name)');
    await queryRunner.query('DROP TABLE tenant');
  }
}
