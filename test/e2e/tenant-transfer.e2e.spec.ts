// A tenant moves whole into another server or name (docs/adr/0079): data with history, accounts, keys and audit
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryOf } from '../../src/app/tenants/open-tenants.js';
import { exportTenant } from '../../src/app/tenants/transfer/export-tenant.js';
import { createDataSource } from '../../src/database/data-source.js';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { MemoryBinaryStore } from '../support/memory-binary-store.js';
import { adminPassword } from '../support/server.js';
import { request, startTenants, type TenantsServer, type TestTenant, until } from '../support/tenants.js';

let from: TenantsServer;
let to: TenantsServer;
let north: TestTenant;
let token: string;
let folder: string;
let file: string;
const observation = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: 'Patient/p1' },
};
const large = Buffer.from('0123456789'.repeat(300_000));
const variablesOf = ({ database, url }: TenantsServer) => ({
  DATABASE_URL: database.url,
  PUBLIC_URL: url,
  TENANTS: 'path',
  LOGIN: 'on',
});
const run = (server: TenantsServer, ...args: string[]) => lanyard(variablesOf(server), ['tenant', ...args]);
const withToken = (method: string, path: string, body?: object) =>
  north.call(method, path, { token, ...(body && { body }) });

beforeAll(async () => {
  [from, to] = [await startTenants(), await startTenants()];
  folder = await mkdtemp(join(tmpdir(), 'tenant-transfer-'));
  file = join(folder, 'north.gz');
  north = await from.create('north');
  token = (await north.logIn()).access_token;
  // What COPY writes in its own way.
  const odd = String.raw`tab	 back\slash \. \N "quote" ünï ` + '\n\\.\nline';
  for (const given of ['one', odd, 'three'])
    await withToken('PUT', 'Patient/p1', {
      resourceType: 'Patient',
      id: 'p1',
      name: [{ family: 'Doe', given: [given] }],
    });
  await withToken('PUT', 'Observation/o1', observation);
  await withToken('PUT', 'SearchParameter/shoe', {
    resourceType: 'SearchParameter',
    id: 'shoe',
    url: 'http://example.org/shoe',
    name: 'shoe',
    status: 'active',
    description: 'x',
    code: 'shoe',
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.name.family',
  });
  await withToken('POST', '/oauth2/users', { name: 'jane', grants: 'user/*.rs', password: 'password of jane' });
  const sent = await request('PUT', `${north.fhirBase}/Binary/b1`, {
    headers: { 'content-type': 'text/plain', authorization: `Bearer ${token}` },
    body: large,
  });
  if (sent.status !== 201) throw new Error(sent.text);
  // Events are sealed before: of a tenant that is suspended none are.
  const unsealed = 'SELECT FROM audit_record WHERE tenant = 2';
  await until(async () => (await rowsOf(from.database.connection, unsealed)).length === 0);
  await from.own.call('PATCH', '/admin/tenants/north', { token: from.operator, body: { state: 'suspended' } });
  const made = await run(from, 'export', 'north', file);
  if (made.exitCode !== 0) throw new Error(made.remarks);
}, 180_000);
afterAll(async () => {
  await from.close();
  await to.close();
  await rm(folder, { recursive: true });
});

describe('a tenant in another server, under another name', () => {
  it('is there whole, with its accounts, history, contents, keys and audit', async () => {
    await to.create('other');
    const done = await run(to, 'import', file, '--as', 'north-clinic');
    expect([done.exitCode, done.remarks]).toEqual([0, expect.stringContaining('/t/north-clinic/fhir/r4')]);
    expect(done.remarks).toContain(`Its issuer was ${north.issuer} and is ${to.url}/t/north-clinic/oauth2`);
    const moved = to.tenant('north-clinic');
    await until(async () => (await moved.call('GET', 'metadata')).status === 200);
    // Tokens of before name another issuer.
    expect((await moved.call('GET', 'Patient/p1', { token })).status).toBe(401);
    const { access_token: fresh } = await moved.logIn('admin', adminPassword);
    // References are indexed for the new number of the tenant (docs/adr/0188); no search answers with half of them.
    const ofPatient = () => moved.call('GET', 'Observation?subject=Patient/p1', { token: fresh });
    expect([200, 503]).toContain((await ofPatient()).status);
    await until(async () => (await ofPatient()).status === 200);
    expect((await ofPatient()).body.total).toBe(1);
    expect(
      (await moved.call('GET', 'Patient?_has:Observation:subject:status=final', { token: fresh })).body.total,
    ).toBe(1);
    expect(
      (await moved.call('GET', 'AuditEvent?entity=Patient/p1&_summary=count', { token: fresh })).body.total,
    ).toBeGreaterThan(2);
    expect((await moved.logIn('jane', 'password of jane')).scope).toBe('user/*.rs');
    const history = await moved.call('GET', 'Patient/p1/_history', { token: fresh });
    expect(
      history.body.entry.map(
        ({ resource }: { resource: { name: { given: string[] }[] } }) => resource.name[0]!.given[0],
      ),
    ).toEqual(['three', expect.stringContaining('back\\slash \\. \\N "quote" ünï \n\\.\nline'), 'one']);
    await until(async () => (await moved.call('GET', 'Patient?shoe=doe', { token: fresh })).body.total === 1);
    const content = await request('GET', `${moved.fhirBase}/Binary/b1`, {
      headers: { authorization: `Bearer ${fresh}`, accept: 'text/plain' },
    });
    expect(content.text).toBe(large.toString());
    const before = await rowsOf<{ kid: string }>(
      from.database.connection,
      'SELECT kid FROM signing_key WHERE tenant = 2',
    );
    const { body: keys } = await moved.call('GET', '/oauth2/jwks');
    expect(keys.keys.map(({ kid }: { kid: string }) => kid)).toEqual(
      expect.arrayContaining(before.map(({ kid }) => kid)),
    );
    expect((await moved.call('GET', 'AuditEvent?_summary=count', { token: fresh })).body.total).toBeGreaterThan(5);
    const variables = { DATABASE_URL: to.database.url, PUBLIC_URL: to.url, TENANTS: 'path', LOGIN: 'on' };
    const verified = await lanyard(variables, ['--tenant', 'north-clinic', 'audit', 'verify']);
    expect(verified.exitCode, verified.remarks).toBe(0);
    // It goes on: new versions, jobs and events have numbers of their own.
    const body = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Doe', given: ['four'] }] };
    expect((await moved.call('PUT', 'Patient/p1', { token: fresh, body })).headers.get('etag')).toBe('W/"4"');
    expect((await moved.call('POST', '$reindex', { token: fresh, body: { resourceType: 'Parameters' } })).status).toBe(
      202,
    );
    // The neighbour has nothing of it.
    const other = to.tenant('other');
    const neighbour = (await other.logIn()).access_token;
    expect((await other.call('GET', 'Patient?_summary=count', { token: neighbour })).body.total).toBe(0);
  });

  it('has all rows of each table that it had', async () => {
    const counted = (server: TenantsServer, tenant: number) =>
      rowsOf<{ rows: number }>(
        server.database.connection,
        `SELECT (SELECT count(*) FROM resource WHERE tenant = ${tenant} AND type <> 'AuditEvent')::int +
           (SELECT count(*) FROM binary_content WHERE tenant = ${tenant})::int AS rows`,
      );
    expect(await counted(to, 3)).toEqual(await counted(from, 2));
  });
});

describe('a file that cannot be taken in', () => {
  const bad = async (text: Buffer | string, name = 'bad.gz'): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const expectRefused = async (path: string, words: string): Promise<void> => {
    const result = await run(to, 'import', path, '--as', 'refused');
    expect([result.exitCode, result.remarks.trim().split('\n')]).toEqual([1, [expect.stringContaining(words)]]);
    const rows = await rowsOf(to.database.connection, `SELECT FROM tenant WHERE name = 'refused'`);
    expect(rows).toEqual([]);
  };

  it('is refused in one line that names the cause and the cure, and leaves nothing', async () => {
    const whole = gunzipSync(await readFile(file));
    const text = whole.toString('latin1');
    const header = text.slice(0, text.indexOf('\n'));
    const changed = (made: string) => gzipSync(Buffer.from(made + text.slice(header.length), 'latin1'));
    await expectRefused(join(folder, 'nowhere.gz'), 'Cannot read');
    await expectRefused(await bad('no gzip at all'), 'no file of a tenant');
    await expectRefused(await bad(gzipSync('{"lanyard":"other"}\n')), 'is no file of a tenant');
    await expectRefused(await bad(gzipSync('no json\n')), 'is no file of a tenant');
    const migrations = JSON.parse(header).migrations as string[];
    expect(migrations.length).toBeGreaterThan(30);
    const older = { ...JSON.parse(header), version: '0.1.0', migrations: migrations.slice(0, -2) };
    await expectRefused(
      await bad(changed(JSON.stringify(older))),
      'was made by release 0.1.0 with another schema: it lacks',
    );
    const newer = { ...JSON.parse(header), migrations: [...migrations, 'Later1'] };
    await expectRefused(await bad(changed(JSON.stringify(newer))), 'this database lacks Later1');
    await expectRefused(await bad((await readFile(file)).subarray(0, 20_000)), 'is cut off');
    const end = text.lastIndexOf('\n{"rows"');
    await expectRefused(await bad(gzipSync(Buffer.from(text.slice(0, end + 1), 'latin1'))), 'is cut off');
    await expectRefused(
      await bad(gzipSync(Buffer.from(`${text.slice(0, end)}\n{"rows":3}\n`, 'latin1'))),
      'is damaged',
    );
    const table = text.replace('{"table":"access_policy"', '{"table":"access_policy; DROP TABLE job"');
    await expectRefused(await bad(gzipSync(Buffer.from(table, 'latin1'))), 'has no such table');
    const column = text.replace('"columns":["', '"columns":["x) FROM STDIN; --","');
    await expectRefused(await bad(gzipSync(Buffer.from(column, 'latin1'))), 'has no such table');
    const rows = text.replace(/("table":"job"[^\n]*\n)/, '$1not a row\n');
    await expectRefused(await bad(gzipSync(Buffer.from(rows, 'latin1'))), 'is damaged');
    // A tenant of it would be there, and no server of it would ever start.
    await expectRefused(await bad(gzipSync(`${header}\n{"rows":0}\n`)), 'has no row of search_definition');
  });

  it('and names that are taken, or files that are there, are not written over', async () => {
    expect((await run(to, 'import', file, '--as', 'other')).remarks).toContain('There is a tenant "other" already');
    expect((await run(to, 'import', file, '--as', 'No')).remarks).toContain('Names of tenants are');
    expect((await run(from, 'export', 'north', file)).remarks).toContain('is there already');
    expect((await run(from, 'export', 'nowhere', `${file}2`)).remarks).toContain('There is no tenant "nowhere"');
    // It has keys and hashes of passwords.
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('a tenant that is being imported is not whole: nothing is made of it, and each refusal says how to end that', async () => {
    const path = join(folder, 'half.gz');
    const setState = (now: string) =>
      rowsOf(from.database.connection, `UPDATE tenant SET state = '${now}' WHERE name = 'north'`);
    await setState('importing');
    const refusals = [
      await run(from, 'export', 'north', path),
      await run(from, 'resume', 'north'),
      await run(from, 'create', 'north'),
      await run(from, 'import', file),
      await lanyard(variablesOf(from), ['--tenant', 'north', 'user', 'list']),
    ];
    await setState('suspended');
    for (const { exitCode, remarks } of refusals)
      expect([exitCode, remarks.trim().split('\n')]).toEqual([
        1,
        [expect.stringMatching(/It is not whole: it is importing.*"lanyard tenant erase north"/)],
      ]);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('a tenant whose contents lie elsewhere is not exported without saying so', async () => {
    await rowsOf(
      from.database.connection,
      `INSERT INTO binary_version (tenant, id, version, content_id, size) VALUES (2, 'far', 1, gen_random_uuid(), 5)`,
    );
    const result = await run(from, 'export', 'north', `${file}.far`);
    expect([result.exitCode, result.remarks]).toEqual([1, expect.stringContaining('add --without-contents')]);
    expect((await run(from, 'export', 'north', `${file}.far`, '--without-contents')).exitCode).toBe(0);
    await rowsOf(from.database.connection, `DELETE FROM binary_version WHERE id = 'far'`);
  });
});

describe('contents that lie in another store', () => {
  it('come along, and lie in the database of the other server then', async () => {
    const { connection } = from.database;
    const store = new MemoryBinaryStore();
    const parts = await rowsOf<{ id: string; bytes: Buffer }>(
      connection,
      `DELETE FROM binary_content WHERE tenant = 2 RETURNING content_id AS id, part, bytes`,
    );
    store.contents.set(parts[0]!.id, large);
    const dataSource = await createDataSource(connection, [], []).initialize();
    const tenant = await registryOf(dataSource).get('north');
    const path = `${file}.elsewhere`;
    const exported = {
      dataSource,
      tenant,
      fhirBase: north.fhirBase,
      issuer: north.issuer,
      withoutContents: false,
      store,
    };
    store.fault = 'cut';
    await expect(exportTenant({ ...exported, path: `${path}.cut` })).rejects.toThrow(
      'cannot be read from the store memory',
    );
    store.fault = 'none';
    await exportTenant({ ...exported, path });
    await dataSource.destroy();
    expect((await run(to, 'import', path, '--as', 'north-near')).remarks).toContain('/t/north-near/fhir/r4');
    const near = to.tenant('north-near');
    await until(async () => (await near.call('GET', 'metadata')).status === 200);
    const { access_token } = await near.logIn('admin', adminPassword);
    const read = () =>
      request('GET', `${near.fhirBase}/Binary/b1`, {
        headers: { authorization: `Bearer ${access_token}`, accept: 'text/plain' },
      });
    // What limits the access is indexed for the new number of the tenant.
    await until(async () => (await read()).status !== 503);
    const content = await read();
    expect(content.text).toBe(large.toString());
  });
});
