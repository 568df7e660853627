import type { MigrationInterface, QueryRunner } from 'typeorm';
import { StartRefused } from '../../config/checks/start-refused.js';
import { codeOf } from '../database-away.js';
import { lockNotAvailable } from './lock-not-available.js';
import type { MigrationClass } from './pending-migrations.js';
import { tablePrefix } from './table-prefix.js';
import { readCatalog, readLocks, readTransaction } from './read-catalog.js';

/** Runs the statements of a migration of an extension, in one transaction. */
export interface MigrationDatabase {
  query(statement: string, parameters?: readonly unknown[]): Promise<unknown>;
}

/** A step of the tables of an extension; all that it makes has a name below {@link tablePrefix}. Never edited once it is released. */
export interface ExtensionMigration {
  /** Ends in the time that it was made, in thirteen digits: `Alerts1764547200000`. Earlier ones run first. */
  readonly name: string;
  up(database: MigrationDatabase): Promise<unknown>;
}

/** A migration whose statements can be read without the looks at what it did. */
export interface GuardedMigration extends MigrationInterface {
  readonly unguarded: ExtensionMigration['up'];
}

export const isGuarded = (migration: MigrationInterface): migration is GuardedMigration => 'unguarded' in migration;

/** Longest prefix that leaves room for names: PostgreSQL cuts them at 63 bytes. */
const longestPrefix = 40;

/** Lines about the names of migrations, for a start to refuse. */
export function migrationFaults(extension: string, migrations: readonly ExtensionMigration[]): readonly string[] {
  const prefix = tablePrefix(extension);
  if (migrations.length > 0 && prefix.length > longestPrefix)
    return [
      `has a name that is too long for its tables (${prefix}…). Choose one of ${longestPrefix - 6} characters at most.`,
    ];
  const names = migrations.map(({ name }) => name);
  return [
    ...names
      .filter((name) => !/^[A-Za-z][A-Za-z0-9]*[A-Za-z]\d{13}$/.test(name))
      .map(
        (name) => `has a migration "${name}". Its name has to end in the time that it was made: Alerts1764547200000`,
      ),
    ...names
      .filter((name, i) => names.indexOf(name) !== i)
      .map((name) => `has two migrations of the name ${name}. Give each a name of its own.`),
  ];
}

/** The migrations of an extension as they run among ours, under one lock and in one table of names. */
export const migrationClasses = (
  extension: string,
  migrations: readonly ExtensionMigration[],
): readonly MigrationClass[] =>
  migrations.map((migration) => {
    const name = `${tablePrefix(extension)}${migration.name}`;
    const made = class implements GuardedMigration {
      readonly name = name;
      readonly unguarded = (database: MigrationDatabase) => migration.up(database);
      readonly up = (runner: QueryRunner) => runGuarded(extension, migration, runner);
      readonly down = () => Promise.reject(new Error(`${name} cannot be taken back`));
    };
    // TypeORM and the plan know a migration by the name of its class.
    Object.defineProperty(made, 'name', { value: name });
    return made;
  });

/** Runs one migration in the transaction of `runner`, and throws `StartRefused` when it changed anything outside its prefix. */
async function runGuarded(extension: string, migration: ExtensionMigration, runner: QueryRunner): Promise<void> {
  const prefix = tablePrefix(extension);
  const refuse = (text: string): StartRefused =>
    new StartRefused(`EXTENSIONS: the migration ${migration.name} of ${extension} ${text}`);
  try {
    const [transaction, before, held] = [
      await readTransaction(runner),
      await readCatalog(runner, prefix),
      await readLocks(runner, prefix),
    ];
    await migration.up({ query: (statement, parameters) => runner.query(statement, parameters && [...parameters]) });
    if ((await readTransaction(runner)) !== transaction)
      throw refuse(
        'ends its transaction (COMMIT or ROLLBACK), so that it cannot be undone. Take that out; each migration is a transaction.',
      );
    const after = await readCatalog(runner, prefix);
    const locked = (await readLocks(runner, prefix)).filter((name) => !held.includes(name));
    const touched = [...new Set([...differences(before, after), ...locked])].toSorted();
    if (touched.length > 0)
      throw refuse(
        `changes ${touched.slice(0, 5).join(', ')}, which is not its own; nothing of it was kept. What it makes and changes is named ${prefix}…`,
      );
  } catch (error) {
    // A table that is in use is tried again.
    if (error instanceof StartRefused || codeOf(error) === lockNotAvailable) throw error;
    throw refuse(
      `fails, and nothing of it was kept: ${(error as Error).message.split('\n')[0]}. Put it right, or take the extension out of EXTENSIONS.`,
    );
  }
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.filter((key) => before.get(key) !== after.get(key)).map((key) => key.replace(/ \d+$/, ''));
}
