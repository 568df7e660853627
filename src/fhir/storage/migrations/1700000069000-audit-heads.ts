import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `audit_head`: what AuditEvents of one kind and one token share; rows in the short form name it in their body (after `~`) and in the second
 * entry of their index, and have only what is their own. `audit_chain.form`: the form of new rows. Where something is stored already, servers
 * of release 0.1.0 may work beside this one, which read whole rows alone: there they stay whole until the setting AUDIT_ROWS says otherwise.
 *
 * Lock: none but for a moment.
 */
export class AuditHeads1700000069000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_head (
        tenant   integer          NOT NULL,
        id       text COLLATE "C" NOT NULL,
        used     timestamptz(3)   NOT NULL,
        text     text             NOT NULL,
        val      text[]           NOT NULL,
        str_low  text[]           NOT NULL,
        str_high text[]           NOT NULL,
        grams    integer[]        NOT NULL,
        words    tsvector         NOT NULL,
        gap      integer          NOT NULL,
        PRIMARY KEY (tenant, id)
      )`);
    await runner.query(`ALTER TABLE audit_chain ADD COLUMN form text NOT NULL DEFAULT 'short'`);
    const used = ['audit_seal', 'audit_record', 'resource'].map(
      (table) => `EXISTS (SELECT FROM ${table} WHERE tenant = 1)`,
    );
    await runner.query(`UPDATE audit_chain SET form = 'whole' WHERE tenant = 1 AND (${used.join(' OR ')})`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE audit_chain DROP COLUMN form`);
    await runner.query(`DROP TABLE audit_head`);
  }
}
