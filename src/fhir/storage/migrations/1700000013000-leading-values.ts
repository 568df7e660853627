import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Partition and slot of the date that the type is ordered by: the slots of parameters never change. */
const orders = [
  ['observation', 4],
  ['encounter', 2],
  ['condition', 6],
  ['diagnosticreport', 2],
  ['documentreference', 2],
  ['procedure', 2],
  ['immunization', 2],
  ['medicationrequest', 2],
] as const;

/** Most strings are of these. */
const named = ['patient', 'other'] as const;

/**
 * Searches that no index served (docs/adr/0022-leading-values-and-grams.md): the newest of a code, the oldest of a type, and `:contains`.
 * `tok` begins with the hash of the first code once the row is indexed anew, which the server does when it starts.
 *
 * Lock: while an index is built, the partition can be read and not written (about 1 s per million rows). A large
 * installation builds those of codes and dates before the new version starts, outside a transaction, as
 * `CREATE INDEX CONCURRENTLY` with the same names: what is there already is passed over.
 */
export class LeadingValues1700000013000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [partition, slot] of orders) {
      await runner.query(
        `CREATE INDEX IF NOT EXISTS resource_${partition}_by_code ON resource_${partition} ` +
          `(tenant, ((tok)[1]), ((num_high)[${slot}]) DESC NULLS LAST, id DESC)`,
      );
      await runner.query(
        `CREATE INDEX IF NOT EXISTS resource_${partition}_from_date ON resource_${partition} ` +
          `(tenant, ((num_low)[${slot}]), id)`,
      );
    }
    for (const table of ['resource', 'resource_history']) {
      await runner.query(`ALTER TABLE ${table} ADD COLUMN grams integer[] NOT NULL DEFAULT '{}'`);
    }
    for (const partition of named) {
      await runner.query(
        `CREATE INDEX resource_${partition}_grams ON resource_${partition} USING gin (grams) ` +
          `WITH (fastupdate = on, gin_pending_list_limit = 256)`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['resource', 'resource_history']) {
      await runner.query(`ALTER TABLE ${table} DROP COLUMN grams`);
    }
    for (const [partition] of orders) {
      await runner.query(`DROP INDEX resource_${partition}_by_code, resource_${partition}_from_date`);
    }
  }
}
