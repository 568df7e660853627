import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { databaseMigrations } from '../../src/database/database-migrations.js';
import { migrate } from '../../src/database/migrate.js';
import { openDatabase } from '../../src/database/open-database.js';
import { ServerSecrets } from '../../src/database/server-secrets.js';
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

  async function server(migrations: readonly (new () => MigrationInterface)[]): Promise<DataSource> {
    const dataSource = await createDataSource(database.url, migrations, []).initialize();
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

  it('gives servers that ask for a new secret at once the same one', async () => {
    const [first, second] = await Promise.all([server(databaseMigrations), server(databaseMigrations)]);
    await migrate(first);
    const servers = [first, second, first, second].map((dataSource) => new ServerSecrets(dataSource));
    const secrets = await Promise.all(servers.map((each) => each.get('cursor')));
    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(1);
    expect(secrets[0]).toHaveLength(32);
    expect(await new ServerSecrets(first).get('other')).not.toEqual(secrets[0]);
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

describe('openDatabase', () => {
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
    const error = await openDatabase(createDataSource(url, [], []), url).catch((reason: unknown) => reason as Error);
    expect((error as Error).message).toContain(`DATABASE_URL: ${expected}`);
    expect((error as Error).message).not.toMatch(/s3cret|\n/);
  });

  it('names a database that does not exist', async () => {
    const { connection, drop } = await freshDatabase('empty');
    await drop();
    await expect(openDatabase(createDataSource(connection, [], []), connection)).rejects.toThrow(
      'there is no such database',
    );
  });

  it('survives the loss of its connections and goes on with new ones', async () => {
    const { connection, drop } = await freshDatabase('empty');
    const dataSource = createDataSource(connection, [], []);
    await openDatabase(dataSource, connection);
    const kill = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()';
    await expect(dataSource.query(kill)).rejects.toThrow('terminat');
    // Other connections of the pool may still have to notice.
    await expect.poll(() => dataSource.query('select 1 as one').catch(() => undefined)).toEqual([{ one: 1 }]);
    await dataSource.destroy();
    await drop();
  });
});
