// docs/adr/0069-tenants-spread-over-nodes-by-citus.md: what `lanyard migrate --distribute` does to a database, on a real Citus
import { createHash } from 'node:crypto';
import { Client, type PoolConfig } from 'pg';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrations } from '../../src/app/start/schema.js';
import { createDataSource } from '../../src/database/data-source.js';
import { distribute } from '../../src/database/distribution/distribute.js';
import { readFunctions, readTables } from '../../src/database/distribution/read-distribution.js';
import { migrate } from '../../src/database/migrations/migrate.js';
import { connectionTo, copyOnNodes, createCitusDatabase } from '../support/citus-cluster.js';
import { rowsOf } from '../support/connection.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

const quiet = (): void => undefined;
const opened: DataSource[] = [];
const databases: FreshDatabase[] = [];
afterAll(async () => {
  await Promise.all(opened.map((dataSource) => dataSource.destroy().catch(quiet)));
  for (const { drop } of databases) await drop();
});

async function open(connection: PoolConfig, given = migrations): Promise<DataSource> {
  const dataSource = await createDataSource(connection, given, []).initialize();
  opened.push(dataSource);
  return dataSource;
}

/** On all nodes; the coordinator knows `workers` of them. */
async function undistributed(workers?: number): Promise<FreshDatabase> {
  const database = await createCitusDatabase(inject('postgres').nodes!, workers);
  databases.push(database);
  return database;
}

async function distributed(): Promise<FreshDatabase> {
  const database = await freshDatabase();
  databases.push(database);
  return database;
}

/** A row in each table that has a tenant, of two tenants, and what every table holds. */
async function fill({ connection }: FreshDatabase): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  for (let tenant = 1; tenant <= 2; tenant++)
    for (let n = 0; n < 50; n++)
      await client.query(
        `INSERT INTO resource SELECT $1, type, 'r' || $2, 1, now(), false, 'PUT', repeat('x', 500), '{}', '{1}', '{a}', '{}', '{}', '{}', '{}', '{}'
         FROM unnest('{Patient,Observation,Basic}'::text[]) AS type`,
        [tenant, n],
      );
  await client.query(
    `INSERT INTO audit_record (tenant, entry) SELECT n % 2 + 1, 'entry ' || n FROM generate_series(1, 20) AS n`,
  );
  await client.query(
    `INSERT INTO index_job (tenant, kind, types, generation, settles) VALUES (1, 'reindex', '{Patient}', 1, false)`,
  );
  await client.query(`INSERT INTO server_secret VALUES ('x', '\\x01')`);
  await client.end();
}

/** Digest of all rows of each table. */
async function contents({ connection }: FreshDatabase): Promise<Readonly<Record<string, string>>> {
  const tables = await rowsOf<{ name: string }>(
    connection,
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
     AND NOT relispartition AND relname NOT LIKE 'citus%' ORDER BY 1`,
  );
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const rows = await rowsOf<{ row: string }>(connection, `SELECT t::text AS row FROM ${name} AS t`);
    const lines = rows.map(({ row }) => row).toSorted();
    found[name] = `${lines.length} ${createHash('sha256').update(lines.join('\n')).digest('hex')}`;
  }
  return found;
}

async function expectDistributed(database: DataSource): Promise<void> {
  const tables = await readTables(database);
  expect(tables.filter(({ placement, wanted, hasLeftover }) => placement !== wanted || hasLeftover)).toEqual([]);
  expect(tables.filter(({ placement }) => placement === 'local')).toEqual([]);
  expect(await readFunctions(database)).toEqual({ lacking: [], mayNotRead: [] });
}

describe('a filled database', () => {
  it('is distributed whole, with the same rows, all tables of a tenant on one node, and nothing left behind', async () => {
    const database = await undistributed();
    const dataSource = await open(database.connection);
    await migrate(dataSource);
    await fill(database);
    const before = await contents(database);
    const done = await distribute(dataSource, quiet);
    expect(done[0]).toBe('Distributed resource by tenant.');
    await expectDistributed(dataSource);
    expect(await contents(database)).toEqual(before);
    expect(await distribute(dataSource, quiet)).toEqual([]);
    expect(await migrate(dataSource)).toEqual([]);
    const groups = await dataSource.query(
      `SELECT count(DISTINCT colocationid)::int AS groups FROM pg_dist_partition WHERE partmethod = 'h'`,
    );
    expect(groups).toEqual([{ groups: 1 }]);
    // Numbers go on after those that were given before.
    const added = `INSERT INTO index_job (tenant, kind, types, generation, settles) VALUES (1, 'verify', '{}', 1, false) RETURNING id`;
    expect(await dataSource.query(added)).toEqual([{ id: 2 }]);
  });

  it('is distributed in the end whatever step it is stopped at', async () => {
    const database = await undistributed();
    const dataSource = await open(database.connection);
    await migrate(dataSource);
    await fill(database);
    const before = await contents(database);
    let steps = 0;
    for (let isDone = false; !isDone; steps++) {
      expect(steps).toBeLessThan(200);
      // Every third dies within its step, the others right after it.
      const killed = steps % 3 === 0 ? killSoon(database, 5 * (steps % 7)) : undefined;
      isDone = await distribute(dataSource, () => {
        throw new Error('stopped');
      }).then(
        () => true,
        () => false,
      );
      await killed;
    }
    expect(steps).toBeGreaterThan(40);
    await expectDistributed(dataSource);
    expect(await contents(database)).toEqual(before);
  });
});

describe('a transaction that a killed command left prepared at a worker', () => {
  const nodes = inject('postgres').nodes!.map((port) => ({ port }));
  const everywhere = async (statement: string): Promise<void> => {
    for (const node of nodes) {
      await rowsOf(connectionTo(node, 'postgres'), statement);
      await rowsOf(connectionTo(node, 'postgres'), 'SELECT pg_reload_conf()');
    }
  };
  // Else Citus ends it within a minute.
  beforeAll(() => everywhere('ALTER SYSTEM SET citus.recover_2pc_interval = -1'));
  afterAll(() => everywhere('ALTER SYSTEM RESET citus.recover_2pc_interval'));

  it('does not hold up the next one', async () => {
    const database = await undistributed();
    const dataSource = await open(database.connection);
    await migrate(dataSource);
    const worker = new Client(connectionTo(nodes[1]!, database.connection.database!));
    await worker.connect();
    await worker.query(`BEGIN; CREATE TABLE resource (); PREPARE TRANSACTION 'citus_0_1_1_0'`);
    await worker.end();
    await distribute(dataSource, quiet);
    await expectDistributed(dataSource);
  });
});

describe('the role of servers, which owns nothing', () => {
  it('reaches the tables from the first step on, instead of views', async () => {
    const database = await undistributed();
    const dataSource = await open(database.connection);
    const role = `server_${process.pid}`;
    await dataSource.query(`CREATE ROLE ${role} LOGIN`);
    await migrate(dataSource, quiet, role);
    const ask = () => rowsOf({ ...database.connection, user: role }, 'SELECT FROM resource');
    const stopped = distribute(
      dataSource,
      () => {
        throw new Error('stopped');
      },
      role,
    );
    await expect(stopped).rejects.toThrow('stopped');
    expect(await ask()).toEqual([]);
    await distribute(dataSource, quiet, role);
    expect(await ask()).toEqual([]);
  });

  it('has to be there', async () => {
    const dataSource = await open((await undistributed()).connection);
    await migrate(dataSource);
    await expect(distribute(dataSource, quiet, 'nobody')).rejects.toThrow('there is no role "nobody" in the database');
  });
});

async function killSoon({ connection }: FreshDatabase, milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await rowsOf(
    { ...connection, database: 'postgres' },
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${connection.database}' AND application_name = 'lanyard'`,
  );
}

describe('a new release', () => {
  class NewTables1900000000000 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('CREATE TABLE newer (tenant integer NOT NULL, id text NOT NULL, PRIMARY KEY (tenant, id))');
      await runner.query(`INSERT INTO newer VALUES (1, 'a')`);
      await runner.query('CREATE TABLE ext_acme__shared (id text PRIMARY KEY)');
      await runner.query('ALTER TABLE job ADD COLUMN more text');
      await runner.query('CREATE INDEX job_more ON job (tenant, more)');
      await runner.query(
        'CREATE FUNCTION lanyard_new(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT a $$',
      );
      await runner.query(`
        CREATE OR REPLACE FUNCTION lanyard_resource(of_tenant integer, of_type text, of_id text) RETURNS SETOF resource
        LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
        BEGIN
          RETURN QUERY SELECT r.* FROM resource AS r WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id;
        END $$`);
    }
    async down(): Promise<void> {}
  }

  it('distributes what its migrations make, and functions that they replace', async () => {
    const { connection } = await distributed();
    const dataSource = await open(connection, [...migrations, NewTables1900000000000]);
    expect(await migrate(dataSource)).toEqual(['NewTables1900000000000']);
    await expectDistributed(dataSource);
    expect(await dataSource.query('SELECT * FROM newer')).toEqual([{ tenant: 1, id: 'a' }]);
    expect(await migrate(dataSource)).toEqual([]);
    const older = await open(connection);
    await expect(distribute(older, quiet)).rejects.toThrow(
      'its tables and functions are of a newer release (NewTables1900000000000). Run the command with that release.',
    );
    // A server of the release before still starts beside it.
    expect(await migrate(older)).toEqual([]);
  });
});

describe('a database that cannot be distributed is refused with the cause and the cure', () => {
  const refusal = async (connection: PoolConfig): Promise<string> =>
    distribute(await open(connection), quiet).then(
      () => 'it was distributed',
      ({ message }: Error) => message.replace('The database cannot be distributed: ', ''),
    );
  let fit: FreshDatabase;
  beforeAll(async () => {
    fit = await undistributed();
    await migrate(await open(fit.connection));
  });

  it('without Citus', async () => {
    const database = await copyOnNodes(inject('postgres').nodes!.slice(0, 1), 'template1');
    databases.push(database);
    expect(await refusal(database.connection)).toBe(
      'it has no Citus. Install Citus, and run CREATE EXTENSION citus in this database of each node.',
    );
  });

  it('without a worker', async () => {
    const { connection } = await undistributed(0);
    expect(await refusal(connection)).toMatch(/^Citus knows no worker\. Run SELECT citus_add_node/);
  });

  it('through a worker', async () => {
    const { connection } = await distributed();
    const worker = connectionTo({ port: inject('postgres').nodes![1]! }, connection.database!);
    expect(await refusal(worker)).toBe(
      'this node is a worker. Let DATABASE_URL, or DATABASE_DIRECT_URL, name the coordinator.',
    );
  });

  it('before it is migrated', async () => {
    const { connection } = await undistributed();
    expect(await refusal(connection)).toMatch(
      /are \d+ migrations behind this release\. Run "lanyard migrate" first\.$/,
    );
  });

  it('with more than one owner, or another than the user', async () => {
    const other = `other_${fit.connection.database!}`;
    await rowsOf(fit.connection, `CREATE ROLE ${other} SUPERUSER LOGIN`);
    expect(await refusal({ ...fit.connection, user: other })).toBe(
      `its tables belong to lanyard. Connect as that user instead of ${other}.`,
    );
    await rowsOf(fit.connection, `ALTER TABLE job OWNER TO ${other}`);
    expect(await refusal(fit.connection)).toBe(
      `its tables have more than one owner (lanyard, ${other}). Give them to one: REASSIGN OWNED BY ${other} TO lanyard.`,
    );
    await rowsOf(fit.connection, `REASSIGN OWNED BY ${other} TO lanyard`);
    await rowsOf(fit.connection, `DROP ROLE ${other}`);
  });
});
