import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may create at ids of their own although Consents deny something (docs/adr/0044): the first user, who loads data. Lock: brief. */
export class OwnIds1700000053000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE user_account ADD COLUMN own_ids boolean NOT NULL DEFAULT false');
    await queryRunner.query(`
      UPDATE user_account AS account SET own_ids = true
      WHERE account.disabled_at IS NULL AND account.fhir_user IS NULL AND account.id = (
        SELECT first.id FROM user_account AS first WHERE first.tenant = account.tenant ORDER BY first.created_at, first.id LIMIT 1)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE user_account DROP COLUMN own_ids');
  }
}
