// A role that owns nothing and is bound to one tenant at a time: statements that forgot whose they are (docs/adr/0071)
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { migrations } from '../../src/app/start/schema.js';
import { bindConnections } from '../../src/database/belt/bind-connections.js';
import { examineBelt } from '../../src/database/belt/examine-belt.js';
import { wearBelt } from '../../src/database/belt/wear-belt.js';
import { readChangeStates } from '../../src/database/changes/change-states.js';
import { createDataSource } from '../../src/database/data-source.js';
import { bringSchema, migrateDirectly } from '../../src/database/migrations/bring-schema.js';
import { migrate } from '../../src/database/migrations/migrate.js';
import { poolOf } from '../../src/database/pool-of.js';
import { asOperator, asTenant } from '../../src/database/tenant.js';
import { TenantRegistry } from '../../src/database/tenants/tenant-registry.js';
import { tenantsWithWork } from '../../src/database/tenants/tenants-with-work.js';
import { tenantTables } from '../../src/database/tenants/tenant-tables.js';
import { firstRows } from '../../src/fhir/storage/first-rows.js';
import { judgeBelt } from '../../src/doctor/checks/belt.js';
import { urlOf } from '../../src/testing/postgres.js';
import { belted, type BeltedDatabase } from '../support/belt.js';
import { rowsOf } from '../support/connection.js';
import { freshDatabase } from '../support/postgres.js';
import { collectStatements } from '../support/statements.js';

const opened: DataSource[] = [];
async function open(url: string, given: readonly (new () => MigrationInterface)[] = migrations): Promise<DataSource> {
  const dataSource = await createDataSource(url, given, [], { poolSize: 2 }).initialize();
  opened.push(dataSource);
  return dataSource;
}

const one = { tenant: 1, name: 'default' };
const two = { tenant: 2, name: 'north' };
let database: BeltedDatabase;
let server: DataSource;

beforeAll(async () => {
  const plain = await freshDatabase();
  database = 'role' in plain ? (plain as BeltedDatabase) : await belted(plain);
  server = await open(database.url);
  await wearBelt(server);
  await new TenantRegistry(server, firstRows).create('north');
  for (const tenant of [1, 2])
    await rowsOf(
      database.connection,
      `INSERT INTO user_account (tenant, id, name, password_hash, grants)
       SELECT ${tenant}, gen_random_uuid(), 'ada', 'x', ''`,
    );
});
afterAll(async () => {
  await Promise.all(opened.map((dataSource) => dataSource.destroy()));
  await database.drop();
});

const named = (tenant: typeof one, text: string, values: unknown[] = []) =>
  asTenant(tenant, () => server.query<{ tenant: number }[]>(text, values));
const plant = (text: string) =>
  named(one, text).then(
    () => 'done',
    (error: Error) => error.message,
  );

describe('a statement that forgot its tenant', () => {
  it('finds and changes rows of the tenant that the connection is bound to, and no other', async () => {
    expect(await named(one, `SELECT tenant FROM user_account WHERE name = 'ada'`)).toEqual([{ tenant: 1 }]);
    await named(one, `UPDATE user_account SET grants = 'changed' WHERE name = 'ada'`);
    expect(await rowsOf(database.connection, `SELECT tenant, grants FROM user_account ORDER BY tenant`)).toEqual([
      { tenant: 1, grants: 'changed' },
      { tenant: 2, grants: '' },
    ]);
    expect(await named(two, `DELETE FROM user_account WHERE name = 'grace'`)).toEqual([[], 0]);
  });

  it('or that names another one, finds and changes nothing', async () => {
    const other = `FROM user_account WHERE tenant = 2`;
    expect(await named(one, `SELECT 1 ${other}`)).toEqual([]);
    expect(await named(one, `SELECT 1 ${other} FOR UPDATE`)).toEqual([]);
    expect(await named(one, `DELETE ${other}`)).toEqual([[], 0]);
    expect(await named(one, `UPDATE user_account SET grants = 'x' WHERE tenant = 2`)).toEqual([[], 0]);
    expect(await named(one, 'SELECT FROM lanyard_resource(2, $1, $2)', ['Patient', 'p1'])).toEqual([]);
  });

  it.each([
    [
      'a write for another tenant',
      `INSERT INTO access_policy_state VALUES (3, 1) ON CONFLICT (tenant) DO NOTHING`,
      'violates check option',
    ],
    [
      'an upsert',
      `INSERT INTO access_policy_state VALUES (3, 1) ON CONFLICT (tenant) DO UPDATE SET generation = 2`,
      'violates check option',
    ],
    ['a row that is moved', `UPDATE user_account SET tenant = 3`, 'violates check option'],
    ['a secret of another', `INSERT INTO server_secret VALUES ('2/x', '')`, 'violates check option'],
    ['the table itself', 'SELECT FROM public.user_account', 'permission denied'],
    ['a partition itself', 'SELECT FROM public.resource_patient', 'permission denied'],
    ['a table without rows of tenants', 'SELECT FROM extension_parameter', 'permission denied'],
    ['all rows at once', 'TRUNCATE user_account', 'is not a table'],
    ['the schema', 'CREATE TABLE public.mine (id int)', 'permission denied'],
    ['what was migrated', `DELETE FROM migration`, 'permission denied'],
  ])('%s: is refused by PostgreSQL', async (_, text, message) => {
    expect(await plant(text)).toContain(message);
  });

  it('on a connection that is bound to nobody fails', async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await expect(client.query('SELECT FROM lanyard_views.user_account')).rejects.toThrow('unrecognized configuration');
    await client.end();
  });
});

describe('work of the operator', () => {
  it('sees tenants and their usage, and no row of theirs', async () => {
    const rows = (text: string) => asOperator('a test', () => server.query<object[]>(text));
    expect(await rows('SELECT tenant FROM tenant ORDER BY 1')).toEqual([{ tenant: 1 }, { tenant: 2 }]);
    expect(await rows('SELECT FROM user_account')).toEqual([]);
    expect(await rows('SELECT FROM server_secret')).toEqual([]);
    await expect(rows('DELETE FROM tenant_work')).rejects.toThrow('cannot delete from view');
    await rowsOf(
      database.connection,
      `INSERT INTO job (tenant, id, kind, caller, request) VALUES (2, 'j', 'x', '', '')`,
    );
    expect(await tenantsWithWork(server)).toEqual([2]);
  });

  it('sees what has changed of whom, and a tenant that of its own rows', async () => {
    const states = (work: () => ReturnType<typeof readChangeStates>) =>
      work().then((all) => all.map(({ tenant }) => tenant));
    const read = () => readChangeStates(poolOf(server), [1, 2]);
    expect(new Set(await states(() => asOperator('a test', read)))).toEqual(new Set([1, 2]));
    expect(new Set(await states(() => asTenant(two, read)))).toEqual(new Set([2]));
    await expect(asOperator('a test', () => server.query('DELETE FROM tenant_change'))).rejects.toThrow(
      'cannot delete from view',
    );
  });

  it('is not what a tenant sees', async () => {
    expect(await named(two, 'SELECT tenant FROM tenant')).toEqual([{ tenant: 2 }]);
    expect(await named(two, 'SELECT tenant FROM tenant_usage')).toEqual([{ tenant: 2 }]);
  });

  it('finds the tables of tenants in the catalog, as the owner does', async () => {
    const owner = await open(database.ownersUrl);
    expect(await named(one, 'SELECT 1')).toHaveLength(1);
    expect(await asTenant(two, () => tenantTables(server))).toEqual(await tenantTables(owner));
  });
});

describe('the connections of a pool', () => {
  it('are bound when the work changes, by one statement, and else not', async () => {
    const lone = await createDataSource(database.url, migrations, [], { poolSize: 1 }).initialize();
    opened.push(lone);
    bindConnections(poolOf(lone));
    const { statements, stop } = collectStatements();
    const ask = (tenant: typeof one) => asTenant(tenant, () => lone.query('SELECT tenant FROM user_account'));
    try {
      expect([await ask(one), await ask(one), await ask(two), await ask(one)]).toEqual(
        [1, 1, 2, 1].map((tenant) => [{ tenant }]),
      );
    } finally {
      stop();
    }
    expect(statements.filter(({ text }) => text.includes('set_config'))).toHaveLength(3);
  });

  it('go to the tenant that they are bound to, where that is free', async () => {
    const pair = await createDataSource(database.url, migrations, [], { poolSize: 2 }).initialize();
    opened.push(pair);
    bindConnections(poolOf(pair));
    const ask = (tenant: typeof one) => asTenant(tenant, () => pair.query('SELECT tenant FROM user_account'));
    // Both at once, so that there are two connections.
    await Promise.all([ask(one), ask(two)]);
    const { statements, stop } = collectStatements();
    try {
      for (const tenant of [one, two, one, two, two, one])
        expect(await ask(tenant)).toEqual([{ tenant: tenant.tenant }]);
    } finally {
      stop();
    }
    expect(statements.filter(({ text }) => text.includes('set_config'))).toEqual([]);
  });

  it('are bound for who waits for one, and one that cannot be bound is given to nobody', async () => {
    const lone = await createDataSource(database.url, migrations, [], { poolSize: 1 }).initialize();
    opened.push(lone);
    const pool = poolOf(lone);
    bindConnections(pool);
    const first = await asTenant(one, () => pool.connect());
    const waiting = asTenant(two, () => pool.connect());
    first.release();
    const second = await waiting;
    expect(second).toBe(first);
    const { rows } = await second.query('SELECT DISTINCT tenant FROM user_account');
    expect(rows).toEqual([{ tenant: two.tenant }]);
    second.release();
    vi.spyOn(second, 'query').mockImplementationOnce(() => {
      throw new Error('not bound');
    });
    await expect(asTenant(one, () => pool.connect())).rejects.toThrow('not bound');
    expect(pool.totalCount).toBe(0);
    const third = await asTenant(one, () => pool.connect());
    expect(third).not.toBe(second);
    third.release();
  });

  it('are right for many tenants at once', async () => {
    const asked = Array.from({ length: 200 }, (_, n) => (n % 3 === 0 ? one : two));
    const found = await Promise.all(asked.map((tenant) => named(tenant, 'SELECT tenant FROM user_account')));
    expect(found).toEqual(asked.map(({ tenant }) => [{ tenant }]));
  });

  it('stay right after a transaction that was rolled back', async () => {
    const fails = asTenant(two, () =>
      server.transaction(async (manager) => {
        await manager.query('SELECT 1');
        throw new Error('no');
      }),
    );
    await expect(fails).rejects.toThrow('no');
    expect(await named(one, 'SELECT tenant FROM user_account')).toEqual([{ tenant: 1 }]);
  });
});

class Wider1800000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE ext_wide (tenant integer PRIMARY KEY, a text, b text)');
    await runner.query('CREATE TABLE ext_shared (id integer PRIMARY KEY)');
  }
  async down(): Promise<void> {}
}
class Longer1800000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ext_wide ADD COLUMN c integer');
  }
  async down(): Promise<void> {}
}
class Other1800000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ext_wide DROP COLUMN a, ALTER COLUMN c TYPE bigint');
  }
  async down(): Promise<void> {}
}

describe('migrations', () => {
  it('bring the views along while servers read through them: new tables and columns, and other ones', async () => {
    const owner = await open(database.ownersUrl, [...migrations, Wider1800000000001]);
    await migrate(owner);
    await named(one, `INSERT INTO ext_wide VALUES (1, 'a', 'b')`);
    await named(one, 'INSERT INTO ext_shared VALUES (1)');
    await migrate(await open(database.ownersUrl, [...migrations, Wider1800000000001, Longer1800000000002]));
    expect(await named(one, 'SELECT * FROM ext_wide')).toEqual([{ tenant: 1, a: 'a', b: 'b', c: null }]);
    const all = [...migrations, Wider1800000000001, Longer1800000000002, Other1800000000003];
    expect(await migrate(await open(database.ownersUrl, all))).toEqual(['Other1800000000003']);
    expect(await named(one, 'SELECT * FROM ext_wide')).toEqual([{ tenant: 1, b: 'b', c: null }]);
    expect(await named(two, 'SELECT * FROM ext_wide')).toEqual([]);
  });

  it('make nothing anew that is as it was', async () => {
    const oids = () =>
      rowsOf(
        database.connection,
        `SELECT oid, xmin FROM pg_class WHERE relnamespace = 'lanyard_views'::regnamespace ORDER BY 1`,
      );
    const before = await oids();
    await migrate(await open(database.ownersUrl), undefined, database.role);
    expect(await oids()).toEqual(before);
    expect(before.length).toBeGreaterThan(40);
  });

  it('are refused for a role that there is not, and for the owner himself', async () => {
    const owner = await open(database.ownersUrl);
    await expect(migrate(owner, undefined, 'nobody "x"')).rejects.toThrow(
      'DATABASE_URL: there is no role "nobody "x"" in the database. Make it as an administrator: CREATE ROLE "nobody ""x""" LOGIN',
    );
    await expect(migrate(owner, undefined, database.connection.user)).rejects.toThrow(
      'Let each have a role of its own',
    );
  });
});

describe('a server with MIGRATION_DATABASE_URL', () => {
  it('migrates an empty database as the owner, or waits for that, and reads by its views then', async () => {
    const empty = await freshDatabase('empty');
    const role = `server_${randomUUID().replaceAll('-', '')}`;
    await rowsOf(empty.connection, `CREATE ROLE ${role} LOGIN`);
    const url = urlOf({ ...empty.connection, user: role });
    const [mine, waits] = [await open(url), await open(url)];
    const lines: string[] = [];
    const waiting = bringSchema(waits, { migrations: 'manual', directUrl: undefined }, (line) => lines.push(line));
    await expect.poll(() => lines, { timeout: 20_000 }).toEqual([expect.stringContaining('run "lanyard migrate"')]);
    const way = { directUrl: undefined, owner: { url: empty.url, server: role } };
    expect(await migrateDirectly(mine, way)).toHaveLength(migrations.length);
    await waiting;
    await wearBelt(mine);
    expect(await asTenant(one, () => mine.query('SELECT tenant FROM tenant'))).toEqual([{ tenant: 1 }]);
    await mine.destroy();
    await waits.destroy();
    opened.splice(opened.indexOf(mine), 2);
    await empty.drop();
    await rowsOf({ ...empty.connection, database: 'postgres' }, `DROP ROLE ${role}`);
  });
});

describe('the doctor', () => {
  const judge = async (url: string, hasTenants = true) => {
    const { status, fact, cure = '' } = judgeBelt(await examineBelt(await open(url)), { pooled: false }, hasTenants);
    return [status, fact, cure];
  };
  const role = (name: string) => urlOf({ ...database.connection, user: name });

  it('says that the belt is on, or why it is not', async () => {
    expect(await judge(database.url)).toEqual([
      'ok',
      `The second belt is on: the role ${database.role} sees one tenant at a time, and no table.`,
      '',
    ]);
    expect((await judge(database.ownersUrl))[1]).toContain('is a superuser');
    expect((await judge(database.ownersUrl, false))[0]).toBe('ok');
    const facts = await examineBelt(server);
    expect(judgeBelt(facts, { pooled: true }, true)).toMatchObject({
      status: 'failed',
      fact: expect.stringContaining('a pooler'),
    });
    for (const state of ['owner', 'citus', 'none'] as const)
      expect(judgeBelt({ ...facts, state }, { pooled: false }, true).fact).toMatch(/^The second belt is off: .*\.$/);
  });

  it('finds roles that own, that have no views, and that reach past them', async () => {
    const [owner, stranger] = [`owner_${database.role}`, `stranger_${database.role}`];
    const run = (text: string) => rowsOf(database.connection, text);
    await run(`CREATE ROLE ${owner} LOGIN`);
    await run(`CREATE ROLE ${stranger} LOGIN`);
    await run(`ALTER TABLE user_account OWNER TO ${owner}`);
    expect((await judge(role(owner)))[1]).toContain('owns tables');
    expect((await judge(role(stranger)))[1]).toContain('has no views');
    await run(`GRANT SELECT ON oauth_client TO ${database.role}`);
    expect(await judge(database.url)).toEqual([
      'warning',
      expect.stringContaining('to the tables oauth_client'),
      expect.stringContaining('REVOKE'),
    ]);
    await run(`REASSIGN OWNED BY ${owner} TO CURRENT_USER`);
    await Promise.all(opened.splice(0).map((dataSource) => dataSource.destroy()));
    await run(`DROP ROLE ${owner}`);
    await run(`DROP ROLE ${stranger}`);
  });
});
