import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = ['resource_auditevent_tok_idx', 'resource_auditevent_compartments_idx'] as const;

/**
 * AuditEvents come in batches that share most of what they are found by, and many more are written than looked for: what is
 * new in their GIN indexes waits in a list of at most 256 kB, and is put in its place together.
 *
 * Lock: for a moment, beside readers and writers.
 */
export class AuditIndexes1700000041000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const index of indexes) {
      await runner.query(`ALTER INDEX ${index} SET (fastupdate = on, gin_pending_list_limit = 256)`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of indexes) {
      await runner.query(`ALTER INDEX ${index} SET (fastupdate = off)`);
      await runner.query(`ALTER INDEX ${index} RESET (gin_pending_list_limit)`);
    }
  }
}
