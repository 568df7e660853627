// A tenant is erased whole, while requests and jobs run: what remains is one row of the operator's (docs/adr/0079)
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entities } from '../../src/app/start/schema.js';
import { registryOf } from '../../src/app/tenants/open-tenants.js';
import { TenantFront } from '../../src/app/tenants/tenant-front.js';
import { TenantErasure } from '../../src/app/tenants/tenant-erasure.js';
import { createDataSource } from '../../src/database/data-source.js';
import { tenantTables } from '../../src/database/tenants/tenant-tables.js';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { placesOf } from '../support/places-of.js';
import { request, startTenants, type TenantsServer, type TestTenant, until } from '../support/tenants.js';

let server: TenantsServer;
let gone: TestTenant;
let stays: TestTenant;
let token: string;
let dataSource: DataSource;
/** Stands in everything that the tenant holds. */
const mark = 'mark-of-the-erased';
const sql = <T>(text: string) => rowsOf<T & Record<string, unknown>>(server.database.connection, text);
const numberOf = async (name: string) =>
  (await sql<{ tenant: number }>(`SELECT tenant FROM tenant WHERE name = '${name}'`))[0]!.tenant;
const admin = (method: string, path: string, body?: object) =>
  server.own.call(method, `/admin/tenants${path}`, { token: server.operator, ...(body && { body }) });

beforeAll(async () => {
  server = await startTenants({ REGISTRATION: 'token' });
  [gone, stays] = [await server.create('gone-clinic'), await server.create('stays')];
  token = (await gone.logIn()).access_token;
  // As extensions make them.
  await sql('CREATE TABLE ext_acme_note (tenant integer, id text, note text, PRIMARY KEY (tenant, id))');
  dataSource = createDataSource(server.database.connection, [], entities);
  await dataSource.initialize();
  await fill(gone, token);
  await fill(stays, (await stays.logIn()).access_token);
});
afterAll(async () => {
  await dataSource.destroy();
  await server.close();
});

async function fill(tenant: TestTenant, by: string): Promise<void> {
  const send = async (method: string, path: string, body: object, headers = {}): Promise<void> => {
    const answer = await tenant.call(method, path, { token: by, body, headers });
    expect(answer.status, answer.text).toBeLessThan(300);
  };
  for (const given of ['one', 'two'])
    await send('PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1', name: [{ family: mark, given: [given] }] });
  await send('POST', 'Basic', { resourceType: 'Basic', code: { text: mark } }, { 'idempotency-key': `"${mark}"` });
  await send('PUT', 'SearchParameter/shoe', {
    resourceType: 'SearchParameter',
    id: 'shoe',
    url: `http://example.org/${mark}`,
    name: 'shoe',
    status: 'active',
    description: mark,
    code: 'shoe',
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.name.family',
  });
  await send('POST', '/oauth2/users', { name: 'jane', grants: 'user/*.rs', password: `${mark} password` });
  await send('POST', '/oauth2/clients', {
    id: mark,
    name: mark,
    redirectUris: [`http://127.0.0.1:9/${mark}`],
    scopes: 'user/*.rs',
    kind: 'public',
  });
  await send('PUT', '/oauth2/policies/a-policy', {
    description: mark,
    assignedTo: { users: ['jane'] },
    rules: [{ deny: 'r', types: ['Basic'] }],
  });
  const binary = await request('POST', `${tenant.fhirBase}/Binary`, {
    headers: { 'content-type': 'text/plain', authorization: `Bearer ${by}` },
    body: mark.repeat(100_000),
  });
  expect(binary.status, binary.text).toBe(201);
  await tenant.call('POST', 'login', { body: { user: mark, password: 'wrong' } });
  await sql(`INSERT INTO ext_acme_note VALUES (${await numberOf(tenant.name)}, 'n1', '${mark}')`);
}

/** Rows of a tenant by table; those that change by themselves left out. */
async function rowsOfTenant(tenant: number): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const tables = await sql<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND c.relname <> 'tenant' AND c.relname NOT LIKE 'audit%'`,
  );
  for (const { name } of tables)
    counts[name] = (
      await sql<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${name} WHERE tenant = ${tenant}`)
    )[0]!.rows;
  return counts;
}

describe('tables of tenants', () => {
  it('are found in the catalog, so that none is forgotten', async () => {
    const found = await tenantTables(dataSource);
    const all = await sql<{ name: string }>(
      `SELECT table_name::text AS name FROM information_schema.columns
       WHERE table_schema = current_schema() AND column_name = 'tenant' AND table_name <> 'tenant'
       AND table_name NOT IN (SELECT inhrelid::regclass::text FROM pg_inherits)`,
    );
    expect(found.map(({ name }) => name).toSorted()).toEqual(all.map(({ name }) => name).toSorted());
    expect(found.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['resource', 'binary_content', 'ext_acme_note']),
    );
  });
});

describe('a tenant that still answers', () => {
  it('is not erased, and neither is the one of the operator', async () => {
    const refused = await admin('DELETE', '/gone-clinic');
    expect([refused.status, refused.body.error_description]).toEqual([
      409,
      expect.stringContaining('Suspend it first'),
    ]);
    expect((await admin('DELETE', '/default')).status).toBe(400);
    expect((await admin('DELETE', '/nowhere')).status).toBe(404);
    const variables = { DATABASE_URL: server.database.url, PUBLIC_URL: server.url, TENANTS: 'path', LOGIN: 'on' };
    const run = await lanyard(variables, ['tenant', 'erase', 'gone-clinic', '--yes']);
    expect([run.exitCode, run.remarks]).toEqual([1, expect.stringContaining('Suspend it first')]);
    const other = await lanyard(variables, ['tenant', 'erase', 'gone-clinic'], 'gone-clinik\n');
    expect([other.exitCode, other.remarks]).toEqual([1, expect.stringContaining('nothing was erased')]);
    expect((await gone.call('GET', 'Patient/p1', { token })).status).toBe(200);
  });

  it('is not erased by who administers a tenant, or has another right', async () => {
    expect((await gone.call('DELETE', '/admin/tenants/stays', { token })).status).toBe(404);
    const body = { name: 'reader', grants: 'operator/Tenant.crus', password: 'long enough' };
    await server.own.call('POST', '/oauth2/users', { token: server.operator, body });
    const { access_token: reader } = await server.own.logIn('reader', 'long enough');
    expect((await server.own.call('DELETE', '/admin/tenants/gone-clinic', { token: reader })).status).toBe(403);
  });
});

describe('an erased tenant', () => {
  it('leaves nothing in any table, although requests and jobs went on', async () => {
    const [number, other] = [await numberOf('gone-clinic'), await numberOf('stays')];
    const before = await rowsOfTenant(other);
    expect(before).toMatchObject({ ext_acme_note: 1, user_account: 2, binary_version: 1 });
    expect((await placesOf(server.database.connection, mark)).length).toBeGreaterThan(8);
    await gone.call('POST', '$reindex', { token, body: { resourceType: 'Parameters' } });
    const over = new AbortController();
    const writing = [1, 2, 3].map(async () => {
      while (!over.signal.aborted)
        await gone
          .call('POST', 'Basic', { token, body: { resourceType: 'Basic', code: { text: mark } } })
          .catch(() => undefined);
    });
    await admin('PATCH', '/gone-clinic', { state: 'suspended' });
    const begun = await admin('DELETE', '/gone-clinic');
    expect([begun.status, begun.body.state]).toEqual([202, 'erasing']);
    // It cannot be brought back half erased.
    expect((await admin('PATCH', '/gone-clinic', { state: 'active' })).status).toBe(409);
    await until(async () => (await admin('GET', '/gone-clinic')).status === 404);
    over.abort();
    await Promise.all(writing);
    expect(Object.entries(await rowsOfTenant(number)).filter(([, rows]) => rows > 0)).toEqual([]);
    expect(await sql(`SELECT FROM server_secret WHERE starts_with(name, '${number}/')`)).toEqual([]);
    const left = await sql(
      `SELECT name, state, limits, erased IS NOT NULL AS "hasTime" FROM tenant WHERE tenant = ${number}`,
    );
    expect(left).toEqual([{ name: `gone-clinic~${number}`, state: 'erased', limits: {}, hasTime: true }]);
    // What is left of the mark is the neighbour's.
    await sql(
      `UPDATE tenant SET state = 'suspended', generation = (SELECT max(generation) + 1 FROM tenant) WHERE name = 'stays'`,
    );
    // Shapes of its requests are written every few seconds.
    expect(await rowsOfTenant(other)).toEqual({ ...before, access_shape: expect.any(Number) });
    const erasure = new TenantErasure({
      dataSource,
      registry: registryOf(dataSource),
      storeOf: async () => undefined,
    });
    expect(await erasure.finish(await erasure.begin('stays'))).toBeGreaterThan(30);
    expect(await placesOf(server.database.connection, mark)).toEqual([]);
  });

  it('is no longer listed, and its name is free: for a tenant that has nothing of it', async () => {
    const { body } = await admin('GET', '');
    expect(body.tenants.map(({ name }: { name: string }) => name)).toEqual(['default']);
    const again = await server.create('gone-clinic');
    const { access_token: fresh } = await again.logIn();
    expect((await again.call('GET', 'Patient/p1', { token: fresh })).status).toBe(404);
    expect((await again.call('GET', 'Patient/p1', { token })).status).toBe(401);
    expect(await numberOf('gone-clinic')).toBeGreaterThan(3);
    expect((await server.tenant('gone-clinic~2').call('GET', 'metadata')).status).toBe(404);
  });

  it('is swept again: what a server wrote that had stood still goes too', async () => {
    await sql(`INSERT INTO ext_acme_note VALUES (2, 'late', '${mark}')`);
    await new TenantErasure({
      dataSource,
      registry: registryOf(dataSource),
      storeOf: async () => undefined,
    }).sweep();
    expect(await placesOf(server.database.connection, mark)).toEqual([]);
    expect((await server.tenant('gone-clinic').call('GET', 'metadata')).status).toBe(200);
  });

  it('by the command, with what lies in a store elsewhere', async () => {
    const east = await server.create('east');
    const body = { resourceType: 'Patient', id: 'p1', name: [{ family: mark }] };
    await east.call('PUT', 'Patient/p1', { token: (await east.logIn()).access_token, body });
    const number = await numberOf('east');
    await sql(`INSERT INTO binary_version (tenant, id, version, content_id, size)
      SELECT ${number}, 'b' || n, 1, gen_random_uuid(), 5 FROM generate_series(1, 1200) AS n`);
    // A content that lies here may have the id of another tenant's in the store, whose copy this one is.
    const here = '00000000-0000-4000-8000-000000000000';
    await sql(
      `INSERT INTO binary_version (tenant, id, version, content_id, size) VALUES (${number}, 'here', 1, '${here}', 5)`,
    );
    await sql(`INSERT INTO binary_content (tenant, content_id, part, bytes) VALUES (${number}, '${here}', 0, 'local')`);
    await admin('PATCH', '/east', { state: 'suspended' });
    const removed = new Set<string>();
    let fails = true;
    const erasure = new TenantErasure({
      dataSource,
      registry: registryOf(dataSource),
      storeOf: async ({ name }) => ({
        async remove(contentId) {
          expect(name).toBe('east');
          if (fails && removed.size === 700) throw new Error('the store is away');
          removed.add(contentId);
        },
      }),
    });
    // Once a minute the server goes on with erasures that were begun: here that would be in the way.
    const round = vi.spyOn(TenantFront.prototype as unknown as { goOnErasing(): Promise<void> }, 'goOnErasing');
    round.mockResolvedValue();
    await expect(erasure.finish(await erasure.begin('east'))).rejects.toThrow('the store is away');
    expect(
      (await sql<{ rows: number }>(`SELECT count(*)::int AS rows FROM binary_version WHERE tenant = ${number}`))[0]!
        .rows,
    ).toBeGreaterThanOrEqual(500);
    fails = false;
    await erasure.finish(await erasure.begin('east'));
    expect([removed.size, removed.has(here)]).toEqual([1200, false]);
    round.mockRestore();
    const west = await server.create('west');
    await west.call('PUT', 'Patient/p1', { token: (await west.logIn()).access_token, body });
    await admin('PATCH', '/west', { state: 'suspended' });
    const variables = { DATABASE_URL: server.database.url, PUBLIC_URL: server.url, TENANTS: 'path', LOGIN: 'on' };
    const run = await lanyard(variables, ['tenant', 'erase', 'west'], 'west\n');
    expect([run.exitCode, run.remarks]).toEqual([0, expect.stringMatching(/"west" is erased: \d+ rows/)]);
    expect(await placesOf(server.database.connection, mark)).toEqual([]);
  });
});
