import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Passwords that count only until their user has chosen one, and links with which users choose one (docs/adr/0040). */
export class PasswordLinks1700000051100 implements MigrationInterface {
  readonly name = 'PasswordLinks1700000051100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE user_account ADD COLUMN one_time_until timestamptz');
    await queryRunner.query(`CREATE TABLE password_link (
      tenant integer NOT NULL,
      hash text NOT NULL,
      account_id uuid NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (tenant, hash)
    )`);
    await queryRunner.query('CREATE INDEX password_link_account ON password_link (tenant, account_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE password_link');
    await queryRunner.query('ALTER TABLE user_account DROP COLUMN one_time_until');
  }
}
