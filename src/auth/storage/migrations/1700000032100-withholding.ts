import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What security labels and Consents withhold from a user: null, the clearance of the setting. */
export class Withholding1700000032100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE user_account ADD COLUMN clearance text, ADD COLUMN break_glass boolean NOT NULL DEFAULT false,
        ADD COLUMN consent_exempt boolean NOT NULL DEFAULT false`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE user_account DROP COLUMN clearance, DROP COLUMN break_glass, DROP COLUMN consent_exempt',
    );
  }
}
