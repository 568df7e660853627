import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether a password alone is enough for the account. */
export class SecondFactor1700000022100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE user_account ADD COLUMN second_factor boolean NOT NULL DEFAULT false');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE user_account DROP COLUMN second_factor');
  }
}
