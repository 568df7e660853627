// docs/adr/0069, 0079: several tenants in one process on a distributed database: what they do, what the operator does, and what nobody asks for
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { entities } from '../../src/app/start/schema.js';
import { readChangeStates } from '../../src/database/changes/change-states.js';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import { asTenant } from '../../src/database/tenant.js';
import { tenantsWithWork } from '../../src/database/tenants/tenants-with-work.js';
import { UpstreamIdentityEntity } from '../../src/oauth2/storage/entities/upstream-identity.entity.js';
import { UpstreamIdentityRepository } from '../../src/oauth2/storage/upstream-identity.repository.js';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { request, startTenants, type TenantsServer, type TestTenant, until } from '../support/tenants.js';

let server: TenantsServer;
let north: TestTenant;
let south: TestTenant;
let dataSource: DataSource;
const tokens = new Map<TestTenant, string>();
const call = (tenant: TestTenant, method: string, path: string, body?: object) =>
  tenant.call(method, path, { token: tokens.get(tenant)!, ...(body && { body }) });
const admin = (method: string, path: string, body?: object) =>
  server.own.call(method, `/admin/tenants${path}`, { token: server.operator, ...(body && { body }) });

beforeAll(async () => {
  server = await startTenants({ DATABASE_NODES: 'coordinator' });
  [north, south] = [await server.create('north'), await server.create('south')];
  for (const tenant of [north, south]) tokens.set(tenant, (await tenant.logIn()).access_token);
  dataSource = createDataSource(server.database.connection, [], entities);
  await dataSource.initialize();
}, 180_000);
afterAll(async () => {
  await dataSource?.destroy();
  await server?.close();
});

describe('two tenants of one process on a distributed database', () => {
  it('each have their own rows, of the same ids', async () => {
    for (const tenant of [north, south]) {
      const patient = { resourceType: 'Patient', id: 'p1', name: [{ family: tenant.name }] };
      expect((await call(tenant, 'PUT', 'Patient/p1', patient)).status).toBe(201);
      expect((await call(tenant, 'PUT', 'Patient/p1', { ...patient, active: true })).status).toBe(200);
      const binary = await request('POST', `${tenant.fhirBase}/Binary`, {
        headers: { 'content-type': 'text/plain', authorization: `Bearer ${tokens.get(tenant)!}` },
        body: tenant.name.repeat(300_000),
      });
      expect(binary.status, binary.text).toBe(201);
    }
    for (const tenant of [north, south]) {
      const found = await call(tenant, 'GET', `Patient?family=${tenant.name}`);
      expect([found.status, found.body.total], found.text).toEqual([200, 1]);
      expect((await call(tenant, 'GET', `Patient?family=${tenant === north ? 'south' : 'north'}`)).body.total).toBe(0);
      expect((await call(tenant, 'GET', 'Patient/p1/_history')).body.entry).toHaveLength(2);
    }
  });

  it('have work that is found without a request, by one statement', async () => {
    await rowsOf(
      server.database.connection,
      `INSERT INTO job (tenant, id, kind, caller, request) VALUES (3, 'waits', 'nothing-does-it', 'x', '{}')`,
    );
    expect(await tenantsWithWork(dataSource)).toContain(3);
    await rowsOf(server.database.connection, `DELETE FROM job WHERE tenant = 3 AND id = 'waits'`);
  });

  it('are asked by one statement what has changed of them', async () => {
    const [pool, all] = [poolOf(dataSource), [1, 2, 3]];
    const policiesOf = async () =>
      (await readChangeStates(pool, all)).filter(({ subject }) => subject === 'policies').map(({ state }) => state);
    const before = await policiesOf();
    expect(before).toHaveLength(3);
    await rowsOf(server.database.connection, 'UPDATE access_policy_state SET generation = 100 WHERE tenant = 3');
    expect((await policiesOf()).filter((state) => !before.includes(state))).toEqual(['100']);
  });

  it('let users of another provider in, who get an account', async () => {
    const users = new UpstreamIdentityRepository(dataSource.getRepository(UpstreamIdentityEntity));
    const create = (subject: string, name: string) =>
      asTenant({ tenant: 3, name: 'south' }, () =>
        users.createAccount({ issuer: 'https://idp.example', subject }, name, { grants: 'user/*.rs', fhirUser: null }),
      );
    expect(await create('s1', 'jane')).toBe(true);
    expect(await create('s2', 'jane')).toBe(false);
    expect(await create('s1', 'joan')).toBe(false);
    expect(await rowsOf(server.database.connection, `SELECT FROM user_account WHERE name = 'joan'`)).toEqual([]);
    const rows = await rowsOf<{ tenant: number }>(server.database.connection, `SELECT tenant FROM upstream_identity`);
    expect(rows).toEqual([{ tenant: 3 }]);
  });

  it('are listed', async () => {
    const { status, body } = await admin('GET', '');
    expect(status).toBe(200);
    expect(body.tenants.map(({ name }: { name: string }) => name)).toEqual(['default', 'north', 'south']);
  });

  it('are limited, and what they store is added up', async () => {
    await admin('PATCH', '/north', { limits: { resources: 1 } });
    await until(
      async () => (await call(north, 'POST', 'Basic', { resourceType: 'Basic', code: { text: 'x' } })).status === 507,
    );
    expect((await call(south, 'POST', 'Basic', { resourceType: 'Basic', code: { text: 'x' } })).status).toBe(201);
    await rowsOf(server.database.connection, 'UPDATE tenant_usage SET counted = NULL WHERE tenant = 2');
    await until(async () => (await admin('GET', '/north')).body.usage !== undefined);
  });

  it('move whole under another name, by a file', async () => {
    await admin('PATCH', '/north', { limits: { resources: null }, state: 'suspended' });
    const folder = await mkdtemp(join(tmpdir(), 'citus-transfer-'));
    const file = join(folder, 'north.gz');
    const settings = { DATABASE_URL: server.database.url, PUBLIC_URL: server.url, TENANTS: 'path', LOGIN: 'on' };
    const run = async (...args: string[]) => {
      const done = await lanyard(settings, ['tenant', ...args]);
      expect(done.exitCode, done.remarks).toBe(0);
    };
    // Events are sealed before.
    await until(
      async () => (await rowsOf(server.database.connection, 'SELECT FROM audit_record WHERE tenant = 2')).length === 0,
    );
    await run('export', 'north', file);
    await run('import', file, '--as', 'west');
    await rm(folder, { recursive: true });
    const [{ tenant } = { tenant: 0 }] = await rowsOf<{ tenant: number }>(
      server.database.connection,
      `SELECT tenant FROM tenant WHERE name = 'west'`,
    );
    for (const table of [
      'resource',
      'resource_history',
      'binary_content',
      'user_account',
      'signing_key',
      'oauth_client',
    ]) {
      const counted = (of: number) =>
        rowsOf(server.database.connection, `SELECT count(*)::int AS rows FROM ${table} WHERE tenant = ${of}`);
      expect(await counted(tenant), table).toEqual(await counted(2));
    }
    const west = server.tenant('west');
    await until(async () => (await west.call('GET', 'metadata')).status === 200);
    const token = (await west.logIn()).access_token;
    const search = () => west.call('GET', 'Patient?family=north', { token });
    // References are indexed for the new number of the tenant (docs/adr/0188).
    await until(async () => (await search()).status !== 503);
    expect((await search()).body.total).toBe(1);
    expect((await west.call('GET', 'Patient/p1/_history', { token })).body.entry.length).toBeGreaterThan(1);
  });

  it('are erased whole', async () => {
    await admin('PATCH', '/north', { state: 'suspended' });
    expect((await admin('DELETE', '/north')).status).toBe(202);
    for (let turn = 0; turn < 4 && (await admin('GET', '/north')).status !== 404; turn++)
      await until(async () => (await admin('GET', '/north')).status === 404).catch(() => undefined);
    expect((await admin('GET', '/north')).status).toBe(404);
    for (const table of [
      'resource',
      'resource_history',
      'binary_content',
      'user_account',
      'signing_key',
      'audit_record',
    ])
      expect(await rowsOf(server.database.connection, `SELECT FROM ${table} WHERE tenant = 2`)).toEqual([]);
    expect((await call(south, 'GET', 'Patient/p1')).status).toBe(200);
  });
});
