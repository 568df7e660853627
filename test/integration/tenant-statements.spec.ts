import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminPassword, startServer, type TestServer } from '../support/server.js';

/**
 * What would be sharded: every table whose rows belong to a tenant leads its primary key with it, and every statement on one
 * of them names it, so that a distributed PostgreSQL can send it to one place.
 */
let server: TestServer;
let tenantTables: readonly string[];
const statements = new Set<string>();
// oxlint-disable-next-line typescript/unbound-method -- it is always called with its client
const original = Client.prototype.query as (...args: unknown[]) => unknown;

beforeAll(async () => {
  Client.prototype.query = function query(this: Client, ...args: unknown[]): unknown {
    const [first] = args;
    statements.add(typeof first === 'string' ? first : ((first as { text?: string } | null)?.text ?? ''));
    return Reflect.apply(original, this, args);
  } as typeof Client.prototype.query;
  server = await startServer();
  const client = new Client(server.database.connection);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name::text AS name FROM information_schema.columns
     WHERE table_schema = current_schema() AND column_name = 'tenant' ORDER BY 1`,
  );
  tenantTables = rows.map(({ name }) => name);
  const { rows: keys } = await client.query<{ name: string; first: string }>(
    `SELECT c.relname::text AS name, a.attname::text AS first FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
     WHERE i.indisprimary AND c.relnamespace = current_schema()::regnamespace`,
  );
  leading = new Map(keys.map(({ name, first }) => [name, first]));
  await client.end();
  statements.clear();
});
afterAll(async () => {
  Client.prototype.query = original as typeof Client.prototype.query;
  await server.close();
});
let leading: ReadonlyMap<string, string>;

describe('tables of tenants', () => {
  it('lead their keys with the tenant', () => {
    const others = tenantTables.filter((table) => leading.get(table) !== 'tenant');
    expect(others).toEqual([]);
    expect(tenantTables.length).toBeGreaterThan(15);
  });
});

describe('every statement on a table of tenants', () => {
  it('names the tenant', async () => {
    await useEverything();
    const mention = new RegExp(
      String.raw`\b(?:from|join|into|update)\s+(?:only\s+)?"?(?:${tenantTables.join('|')})"?\b`,
      'i',
    );
    const found = [...statements].filter((statement) => mention.test(statement));
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((statement) => !/\btenant\b/i.test(statement))).toEqual([]);
  });
});

/** One request of each kind that reaches the database. */
async function useEverything(): Promise<void> {
  const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
  const login = await server.call('POST', 'login', { headers: { authorization } });
  const token = login.body.access_token as string;
  const json = { 'content-type': 'application/json' };
  const call = async (method: string, path: string, body?: object): Promise<number> =>
    (await server.call(method, path, { token, ...(body && { body }) })).status;
  const patient = { resourceType: 'Patient', id: 'p1', identifier: [{ value: '1' }], name: [{ family: 'Doe' }] };
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p1' },
  };
  expect(await call('PUT', 'Patient/p1', patient)).toBe(201);
  expect(await call('PUT', 'Patient/p1', { ...patient, gender: 'male' })).toBe(200);
  expect(await call('POST', 'Observation', observation)).toBe(201);
  for (const path of [
    'Patient/p1',
    'Patient/p1/_history',
    'Patient/p1/_history/1',
    'Patient/_history',
    '_history',
    'Patient?family=doe&_sort=-_lastUpdated&_total=accurate',
    'Patient?family:contains=oe&_has:Observation:patient:status=final&_revinclude=Observation:patient',
    'Observation?patient.family=doe&_include=Observation:patient',
    'Patient/p1/Observation',
    'Patient?_text=doe',
    '?_type=Patient,Observation',
    'Patient?_id=p1&_summary=count',
  ])
    expect(await call('GET', path), path).toBe(200);
  const entry = [
    { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=2' } },
  ];
  expect(await call('POST', '', { resourceType: 'Bundle', type: 'transaction', entry })).toBe(200);
  expect(await call('DELETE', 'Observation?status=final')).toBe(204);
  await server.call('POST', 'refresh', { body: { refresh_token: login.body.refresh_token }, headers: json });
  await server.call('POST', 'logout', { body: { refresh_token: login.body.refresh_token }, headers: json });
  await server.call('GET', '/oauth2/authorize?client_id=nobody&response_type=code');
}
