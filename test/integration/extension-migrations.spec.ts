// ADR 64: migrations of extensions stay below their prefix
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StartRefused } from '../../src/config/checks/start-refused.js';
import { createDataSource } from '../../src/database/data-source.js';
import {
  type ExtensionMigration,
  migrationClasses,
  migrationFaults,
} from '../../src/database/migrations/extension-migration.js';
import { migrate } from '../../src/database/migrations/migrate.js';
import { readSchemaState } from '../../src/database/migrations/pending-migrations.js';
import { planMigrations } from '../../src/database/migrations/plan-migrations.js';
import { tablePrefix } from '../../src/database/migrations/table-prefix.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

const name = '@acme/cardio';
const prefix = tablePrefix(name);
const table = `${prefix}alert`;
const create = `CREATE TABLE ${table} (tenant integer, id text, PRIMARY KEY (tenant, id))`;
let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

async function withMigrations<T>(
  migrations: readonly ExtensionMigration[],
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = await createDataSource(database.url, migrationClasses(name, migrations), []).initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

let time = 1_764_547_200_000;
const running = (...statements: readonly string[]): ExtensionMigration => ({
  name: `Step${time++}`,
  up: async (run) => {
    for (const statement of statements) await run.query(statement);
  },
});

const applied = (migration: ExtensionMigration): Promise<readonly string[]> =>
  withMigrations([migration], (dataSource) => migrate(dataSource));

const refusal = (migration: ExtensionMigration): Promise<string> =>
  applied(migration).then(
    () => 'it was applied',
    (error: unknown) => (error instanceof StartRefused ? error.message : `a defect: ${String(error)}`),
  );

async function query<T>(statement: string): Promise<readonly T[]> {
  return withMigrations([], (dataSource) => dataSource.query<readonly T[]>(statement));
}

describe('migrations of an extension', () => {
  beforeEach(async () => {
    await query(`DROP TABLE IF EXISTS ${table}, theirs, other_made`);
    await query('CREATE TABLE theirs (id integer PRIMARY KEY, note text)');
    await query('CREATE OR REPLACE FUNCTION theirs_now() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$');
  });

  it('make tables, indexes, sequences, types and functions below the prefix, once', async () => {
    const step = running(
      create,
      `ALTER TABLE ${table} ADD COLUMN number serial, ADD CONSTRAINT positive CHECK (number > 0)`,
      `CREATE INDEX ${prefix}by_number ON ${table} (tenant, number)`,
      `CREATE FUNCTION ${prefix}next(a integer) RETURNS integer LANGUAGE sql AS $$ SELECT a + 1 $$`,
      `INSERT INTO ${table} (tenant, id) SELECT 1, 'x' FROM theirs UNION SELECT 1, 'y'`,
    );
    await withMigrations([step], async (dataSource) => {
      expect((await planMigrations(dataSource)).map(({ effects }) => effects[0]?.does)).toEqual([
        `makes the table ${table}`,
      ]);
      expect(await migrate(dataSource)).toEqual([`${prefix}${step.name}`]);
      expect(await migrate(dataSource)).toEqual([]);
      expect((await readSchemaState(dataSource)).unknown.join()).not.toContain(prefix);
    });
    // A server without the extension does not take it for a newer release.
    await withMigrations([], async (dataSource) =>
      expect((await readSchemaState(dataSource)).unknown.join()).not.toContain(prefix),
    );
    await query(`DROP FUNCTION ${prefix}next`);
  });

  it.each([
    ['a table', 'CREATE TABLE other_made (id integer)', 'table other_made'],
    ['a column of a table', 'ALTER TABLE theirs ADD COLUMN mine text', 'table theirs'],
    ['rows of a table', `INSERT INTO theirs VALUES (1, 'x')`, 'table theirs'],
    ['rows of a table, in a block that goes on', `DO $$ BEGIN UPDATE theirs SET note = 'x'; END $$`, 'table theirs'],
    ['the rights of a table', 'GRANT SELECT ON theirs TO PUBLIC', 'table theirs'],
    ['an index of a table', `CREATE INDEX ${prefix}sly ON theirs (note)`, 'table theirs'],
    [
      'a trigger of a table',
      `CREATE TRIGGER t BEFORE UPDATE ON theirs FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      'table theirs',
    ],
    ['a table by reference', `CREATE TABLE ${table} (id integer REFERENCES theirs)`, 'table theirs'],
    ['a table, which goes', 'DROP TABLE theirs', 'table theirs'],
    [
      'a function',
      'CREATE OR REPLACE FUNCTION theirs_now() RETURNS integer LANGUAGE sql AS $$ SELECT 2 $$',
      'function theirs_now',
    ],
    ['a schema', 'CREATE SCHEMA mine', 'schema mine'],
  ])('cannot change %s', async (_what, statement, touched) => {
    const refused = await refusal(running(statement));
    expect(refused).toContain(`of ${name} changes `);
    expect(refused).toContain(touched);
    expect(refused).toContain(`named ${prefix}…`);
    expect(await query('SELECT * FROM theirs')).toEqual([]);
    expect(await query(`SELECT theirs_now() AS now`)).toEqual([{ now: 1 }]);
    expect(
      await query(`SELECT 1 FROM pg_class WHERE starts_with(relname, '${prefix}') OR relname = 'other_made'`),
    ).toEqual([]);
  });

  it('cannot end their transaction', async () => {
    expect(await refusal(running('COMMIT', create))).toContain('ends its transaction (COMMIT or ROLLBACK)');
  });

  it('fail as a whole, in one line', async () => {
    const refused = await refusal(running(create, 'SELECT nonsense'));
    expect(refused).toMatch(
      /^EXTENSIONS: the migration Step\d+ of @acme\/cardio fails, and nothing of it was kept: column "nonsense" does not exist\. /,
    );
    expect(await query(`SELECT to_regclass('${table}') AS found`)).toEqual([{ found: null }]);
  });

  it('have names of their own that end in a time, and a prefix that leaves room', () => {
    const step = running();
    expect(migrationFaults(name, [step])).toEqual([]);
    expect(migrationFaults(name, [step, step])[0]).toContain('two migrations of the name');
    expect(migrationFaults(name, [{ ...step, name: 'Alerts' }])[0]).toContain('has to end in the time');
    expect(migrationFaults(`@acme/${'long-'.repeat(10)}`, [step])[0]).toContain('too long for its tables');
  });
});
