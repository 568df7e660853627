import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { databaseEntities } from '../../src/database/database-entities.js';
import { createDataSource } from '../../src/database/data-source.js';
import { bringSchema, migrateDirectly, requireSchema } from '../../src/database/migrations/bring-schema.js';
import { databaseMigrations } from '../../src/database/migrations/database-migrations.js';
import { migrate } from '../../src/database/migrations/migrate.js';
import { readSchemaState } from '../../src/database/migrations/pending-migrations.js';
import { planMigrations, statementsOf } from '../../src/database/migrations/plan-migrations.js';
import { statementEffect } from '../../src/database/migrations/statement-effect.js';
import { connectDatabase } from '../../src/database/open-database.js';
import { ServerSecretEntity } from '../../src/database/server-secret.entity.js';
import { ServerSecrets } from '../../src/database/server-secrets.js';
import { migrations } from '../../src/app/start/schema.js';
import { previousRelease } from '../support/previous-release.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

class SlowTable1700000009000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create table slow (id int)');
    await queryRunner.query('select pg_sleep(0.3)');
  }
  async down(): Promise<void> {}
}

class FailingTable1700000009001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create table half (id int)');
    await queryRunner.query('select 1/0');
  }
  async down(): Promise<void> {}
}

const makes = (...statements: readonly string[]) =>
  class implements MigrationInterface {
    async up(queryRunner: QueryRunner): Promise<void> {
      for (const statement of statements) await queryRunner.query(statement);
    }
    async down(): Promise<void> {}
  };
class AnotherTable1700000009002 extends makes('create table another (id int)') {}
class FailingTable1700000009003 extends makes('create table half (id int)', 'select 1/0') {}
class AddsColumn1700000009004 extends makes('alter table slow add column more int') {}
class DirectTable1700000009005 extends makes('create table direct (id int)') {}
class LateTable1700000009006 extends makes('create table late (id int)') {}
class IndexOfSlow1700000009007 extends makes(
  'CREATE INDEX IF NOT EXISTS slow_id ON slow (id)',
  'create table fresh (id int)',
  'create index fresh_id on fresh (id)',
) {}

describe('every migration', () => {
  const later = migrations.filter(({ name }) => !previousRelease.migrations.includes(name));
  it.each([...later.map((migration) => [migration.name, migration] as const), ['(none is new)', undefined] as const])(
    '%s can be borne by servers of the release before',
    async (_, migration) => {
      const effects = migration === undefined ? [] : (await statementsOf(migration)).map(statementEffect);
      expect(effects.filter(({ breaks }) => breaks !== undefined)).toEqual([]);
    },
  );
});

describe('migrate', () => {
  let database: FreshDatabase;
  const opened: DataSource[] = [];

  beforeAll(async () => {
    database = await freshDatabase('empty');
  });
  afterAll(async () => {
    await Promise.all(opened.map((dataSource) => dataSource.destroy()));
    await database.drop();
  });

  async function server(given: readonly (new () => MigrationInterface)[]): Promise<DataSource> {
    const dataSource = await createDataSource(database.url, given, databaseEntities).initialize();
    opened.push(dataSource);
    return dataSource;
  }

  it('lets one of two servers that start at once migrate and the other wait for it', async () => {
    const [first, second] = await Promise.all([server([SlowTable1700000009000]), server([SlowTable1700000009000])]);
    const applied = await Promise.all([migrate(first), migrate(second)]);
    expect(applied.map((names) => names.length)).toSatisfy(
      (counts: number[]) => Math.min(...counts) === 0 && Math.max(...counts) === 1,
    );
    expect(await second.query('select count(*)::int as n from migration')).toEqual([{ n: 1 }]);
  });

  it('runs nothing twice', async () => {
    expect(await migrate(await server([SlowTable1700000009000]))).toEqual([]);
  });

  it('leaves nothing of a migration that fails, and gives the lock back', async () => {
    const dataSource = await server([FailingTable1700000009001]);
    await expect(migrate(dataSource)).rejects.toThrow('division by zero');
    await expect(migrate(dataSource)).rejects.toThrow('division by zero');
    expect(await dataSource.query(`select to_regclass('half') as half`)).toEqual([{ half: null }]);
    const locks = `select count(*)::int as n from pg_locks join pg_database on database = pg_database.oid
      where locktype = 'advisory' and datname = current_database()`;
    expect(await dataSource.query(locks)).toEqual([{ n: 0 }]);
  });

  it('keeps what was done before the one that fails', async () => {
    const dataSource = await server([SlowTable1700000009000, AnotherTable1700000009002, FailingTable1700000009003]);
    await expect(migrate(dataSource)).rejects.toThrow('division by zero');
    expect((await readSchemaState(dataSource)).pending).toEqual([FailingTable1700000009003]);
    expect(await dataSource.query(`select to_regclass('another') is not null as there`)).toEqual([{ there: true }]);
  });

  it('waits for a table that is in use without holding up who comes after', async () => {
    const dataSource = await server([SlowTable1700000009000, AddsColumn1700000009004]);
    const user = new Client(database.connection);
    await user.connect();
    await user.query('begin; select count(*) from slow');
    const lines: string[] = [];
    const migrated = migrate(dataSource, (line) => lines.push(line));
    await expect.poll(() => lines, { timeout: 15_000 }).toEqual([expect.stringContaining('A table is in use')]);
    expect(await dataSource.query('select count(*)::int as n from slow')).toEqual([{ n: 0 }]);
    await user.query('commit');
    await user.end();
    expect(await migrated).toEqual(['AddsColumn1700000009004']);
  });

  it('goes past a pooler where DATABASE_DIRECT_URL leads there, and names that setting when it does not', async () => {
    const dataSource = await server([SlowTable1700000009000, DirectTable1700000009005]);
    expect(await migrateDirectly(dataSource, { directUrl: database.url })).toEqual(['DirectTable1700000009005']);
    await expect(migrateDirectly(dataSource, { directUrl: 'postgres://ada:s3cret@127.0.0.1:1/x' })).rejects.toThrow(
      'DATABASE_DIRECT_URL: cannot reach the database "x" at 127.0.0.1:1: nothing listens there.',
    );
  });

  it('with MIGRATIONS=manual changes nothing: a server waits and says so, a command refuses', async () => {
    const late = await server([SlowTable1700000009000, LateTable1700000009006]);
    const manual = { migrations: 'manual', directUrl: undefined } as const;
    await expect(requireSchema(late, manual)).rejects.toThrow(
      'is 1 migration behind this release: run "lanyard migrate"',
    );
    const lines: string[] = [];
    const waiting = bringSchema(late, manual, (line) => lines.push(line));
    await expect.poll(() => lines, { timeout: 20_000 }).toEqual([expect.stringContaining('MIGRATIONS=manual')]);
    expect(await late.query(`select to_regclass('late') as late`)).toEqual([{ late: null }]);
    await migrate(late);
    await waiting;
    await requireSchema(late, manual);
    expect(lines).toHaveLength(1);
  });

  it('is planned without any change: what each does, to which table of which size', async () => {
    const dataSource = await server([SlowTable1700000009000, IndexOfSlow1700000009007]);
    await dataSource.query('insert into slow select generate_series(1, 1000); analyze slow');
    const planned = await planMigrations(dataSource);
    expect(planned).toEqual([
      {
        name: 'IndexOfSlow1700000009007',
        effects: [
          {
            does: 'builds the index slow_id on slow',
            table: 'slow',
            lock: 'writes',
            rows: 1000,
            bytes: expect.any(Number),
            ahead: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS slow_id ON slow (id)',
          },
          { does: 'makes the table fresh', lock: 'none' },
          { does: 'builds the index fresh_id on fresh', lock: 'none' },
        ],
      },
    ]);
    expect(await dataSource.query(`select to_regclass('fresh') as fresh`)).toEqual([{ fresh: null }]);
  });

  it('gives servers that ask for a new secret at once the same one', async () => {
    const [first, second] = await Promise.all([server(databaseMigrations), server(databaseMigrations)]);
    await migrate(first);
    const secretsOf = (one: DataSource) => new ServerSecrets(one.getRepository(ServerSecretEntity));
    const servers = [first, second, first, second].map((dataSource) => secretsOf(dataSource));
    const secrets = await Promise.all(servers.map((each) => each.get('cursor')));
    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(1);
    expect(secrets[0]).toHaveLength(32);
    expect(await secretsOf(first).get('other')).not.toEqual(secrets[0]);
  });
});

describe('freshDatabase', () => {
  it('gives each caller the migrated schema and nobody else sees its rows', async () => {
    const [one, two] = await Promise.all([freshDatabase(), freshDatabase()]);
    const [first, second] = [one, two].map(({ connection }) => createDataSource(connection, [], []));
    await Promise.all([first?.initialize(), second?.initialize()]);
    await first?.query(`insert into server_secret (name, value) values ('mine', '')`);
    expect(await second?.query('select name from server_secret')).toEqual([]);
    await Promise.all([first?.destroy(), second?.destroy()]);
    await Promise.all([one.drop(), two.drop()]);
  });
});

describe('connectDatabase', () => {
  it.each([
    [
      'postgres://ada:s3cret@127.0.0.1:1/clinic',
      'cannot reach the database "clinic" at 127.0.0.1:1: nothing listens there.',
    ],
    [
      'postgres://ada:s3cret@no-such-host.invalid/clinic',
      'cannot reach the database "clinic" at no-such-host.invalid: ',
    ],
  ])('says in one line that %s cannot be reached, without the password', async (url, expected) => {
    const error = await connectDatabase(createDataSource(url, [], []), url).catch((reason: unknown) => reason as Error);
    expect((error as Error).message).toContain(`DATABASE_URL: ${expected}`);
    expect((error as Error).message).not.toMatch(/s3cret|\n/);
  });

  it('names a database that does not exist', async () => {
    const { connection, drop } = await freshDatabase('empty');
    await drop();
    await expect(connectDatabase(createDataSource(connection, [], []), connection)).rejects.toThrow(
      'there is no such database',
    );
  });

  it('survives the loss of its connections and goes on with new ones', async () => {
    const { connection, drop } = await freshDatabase('empty');
    const dataSource = createDataSource(connection, [], []);
    await connectDatabase(dataSource, connection);
    const kill = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()';
    await expect(dataSource.query(kill)).rejects.toThrow('terminat');
    // Other connections of the pool may still have to notice.
    await expect
      .poll(() => dataSource.query('select 1 as one').catch(() => undefined), { timeout: 20_000 })
      .toEqual([{ one: 1 }]);
    await dataSource.destroy();
    await drop();
  });
});
