import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How far each sink of AuditEvents got in the chain.
 *
 * Lock: none on what is there.
 */
export class AuditDelivery1700000046000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_delivery (
        tenant   integer          NOT NULL,
        sink     text COLLATE "C" NOT NULL,
        position bigint           NOT NULL,
        PRIMARY KEY (tenant, sink)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE audit_delivery`);
  }
}
