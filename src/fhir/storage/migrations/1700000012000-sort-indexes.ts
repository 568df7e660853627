import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Partition, what is sorted by, and the sort key: the slots of parameters never change. */
const orders = [
  ['observation', 'date', `((num_high)[4]) DESC NULLS LAST, id DESC`],
  ['encounter', 'date', `((num_high)[2]) DESC NULLS LAST, id DESC`],
  ['condition', 'recorded', `((num_high)[6]) DESC NULLS LAST, id DESC`],
  ['diagnosticreport', 'date', `((num_high)[2]) DESC NULLS LAST, id DESC`],
  ['documentreference', 'date', `((num_high)[2]) DESC NULLS LAST, id DESC`],
  ['procedure', 'date', `((num_high)[2]) DESC NULLS LAST, id DESC`],
  ['immunization', 'date', `((num_high)[2]) DESC NULLS LAST, id DESC`],
  ['medicationrequest', 'authoredon', `((num_high)[2]) DESC NULLS LAST, id DESC`],
  ['patient', 'birthdate', `((num_low)[2]), id`],
  ['patient', 'family', `((str_low)[15] COLLATE "C"), id`],
  ['patient', 'name', `((str_low)[23] COLLATE "C"), id`],
] as const;

/**
 * Indexes of the orders that are asked for most: the newest of a clinical type, patients by name and birth date. Other
 * orders sort what matches. Each index costs its type's writes one entry of a B-tree.
 *
 * Lock: while an index is built, the partition can be read and not written (about 1 s per million rows). A large
 * installation builds them before the new version starts, outside a transaction, as `CREATE INDEX CONCURRENTLY` with the
 * same names: what is there already is passed over.
 */
export class SortIndexes1700000012000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [partition, name, key] of orders) {
      await runner.query(
        `CREATE INDEX IF NOT EXISTS resource_${partition}_by_${name} ON resource_${partition} (tenant, ${key})`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [partition, name] of orders) await runner.query(`DROP INDEX resource_${partition}_by_${name}`);
  }
}
