import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Settings that a tenant has of its own (docs/adr/0193). */
export class OwnSettings1700000082000 implements MigrationInterface {
  readonly name = 'OwnSettings1700000082000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE tenant ADD COLUMN settings text, ADD COLUMN settings_generation bigint');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE tenant DROP COLUMN settings, DROP COLUMN settings_generation');
  }
}
