import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `audit_record`: what happened, in the short form that is written with the answer or with the change, until it is sealed.
 * `audit_seal`: one link of the chain of hashes for each AuditEvent; `audit_chain`: where the chain begins, after what was
 * erased, and where it ends. AuditEvents get a partition of their own: each request makes one.
 *
 * Lock: attaching the partition looks through `resource_other` once (well under a second per million rows) and keeps
 * readers and writers of it out that long.
 */
export class AuditLog1700000030000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_record (
        tenant   integer NOT NULL,
        sequence bigint  GENERATED ALWAYS AS IDENTITY,
        entry    text    NOT NULL,
        PRIMARY KEY (tenant, sequence)
      )`);
    await runner.query(`
      CREATE TABLE audit_seal (
        tenant   integer          NOT NULL,
        position bigint           NOT NULL,
        id       text COLLATE "C" NOT NULL,
        recorded timestamptz(3)   NOT NULL,
        hash     bytea            NOT NULL,
        PRIMARY KEY (tenant, position)
      )`);
    await runner.query(`
      CREATE TABLE audit_chain (
        tenant          integer PRIMARY KEY,
        position        bigint NOT NULL,
        hash            bytea  NOT NULL,
        erased_position bigint NOT NULL,
        erased_hash     bytea  NOT NULL
      )`);
    await runner.query(`INSERT INTO audit_chain VALUES (1, 0, '', 0, '')`);
    await runner.query(`CREATE TABLE resource_auditevent PARTITION OF resource FOR VALUES IN ('AuditEvent')`);
    await runner.query(
      `CREATE TABLE resource_history_auditevent PARTITION OF resource_history FOR VALUES IN ('AuditEvent')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE resource_history_auditevent`);
    await runner.query(`DROP TABLE resource_auditevent`);
    await runner.query(`DROP TABLE audit_chain`);
    await runner.query(`DROP TABLE audit_seal`);
    await runner.query(`DROP TABLE audit_record`);
  }
}
