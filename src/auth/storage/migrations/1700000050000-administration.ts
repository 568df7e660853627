import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Remembers who administered by `user/*.cruds` (in v1 words `user/*.*`), as 0.1.0 had it, until a start decides who goes on (docs/adr/0037).
 * `kept`: null while that is undecided.
 */
export class Administration1700000050000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE former_administrator (
        tenant integer NOT NULL,
        account_id uuid NOT NULL,
        kept boolean,
        PRIMARY KEY (tenant, account_id)
      )`);
    await queryRunner.query(`
      INSERT INTO former_administrator (tenant, account_id)
      SELECT tenant, id FROM user_account WHERE grants ~ '(^|\\s)user/\\*\\.(cruds|\\*)(\\s|$)'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE former_administrator');
  }
}
