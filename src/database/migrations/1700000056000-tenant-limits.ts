import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limits of tenants, what they use, and the states in which one is erased or imported (docs/adr/0079). */
export class TenantLimits1700000056000 implements MigrationInterface {
  readonly name = 'TenantLimits1700000056000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE tenant ADD COLUMN limits jsonb NOT NULL DEFAULT '{}', ADD COLUMN erased timestamptz`,
    );
    await queryRunner.query(`ALTER TABLE tenant DROP CONSTRAINT tenant_state_check, ADD CONSTRAINT tenant_state_check
      CHECK (state IN ('active', 'suspended', 'importing', 'erasing', 'erased'))`);
    await queryRunner.query(`
      CREATE TABLE tenant_usage (
        tenant integer PRIMARY KEY,
        resources bigint NOT NULL DEFAULT 0,
        bytes bigint NOT NULL DEFAULT 0,
        counted timestamptz
      )`);
    await queryRunner.query('INSERT INTO tenant_usage (tenant) SELECT tenant FROM tenant');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE tenant_usage');
    await queryRunner.query('ALTER TABLE tenant DROP CONSTRAINT tenant_state_check');
    await queryRunner.query(
      `ALTER TABLE tenant ADD CONSTRAINT tenant_state_check CHECK (state IN ('active', 'suspended'))`,
    );
    await queryRunner.query('ALTER TABLE tenant DROP COLUMN limits, DROP COLUMN erased');
  }
}
