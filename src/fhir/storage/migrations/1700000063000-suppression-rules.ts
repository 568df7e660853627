import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `suppression_rule`: findings of validation that an administrator lets pass for a time (docs/adr/0113). `body`: JSON; `version`: from 1. */
export class SuppressionRules1700000063000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE suppression_rule (
        tenant     integer          NOT NULL,
        name       text COLLATE "C" NOT NULL,
        version    integer          NOT NULL,
        body       text             NOT NULL,
        changed_by text             NOT NULL,
        changed_at timestamptz      NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, name)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE suppression_rule');
  }
}
