// Several tenants in one process (TENANTS=path): addresses, what the operator does, and what is refused (docs/adr/0068)
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppConfig } from '../../src/config/app-config.js';
import { asOperator, asTenant, currentTenant } from '../../src/database/tenant.js';
import { NobodysWork, requireTenant } from '../../src/database/tenants/require-tenant.js';
import { lanyardAdapter, LanyardModule, startLanyard } from '../../src/index.js';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { freshDatabase } from '../support/postgres.js';
import { adminPassword } from '../support/server.js';
import { request, startTenants, type TenantsServer, type TestTenant, until } from '../support/tenants.js';

let server: TenantsServer;
let north: TestTenant;
beforeAll(async () => {
  server = await startTenants({ LOG_LEVEL: 'silent' });
  north = await server.create('north');
});
afterAll(() => server.close());

describe('the addresses of a tenant', () => {
  it('are those of a server of its own, below its name', async () => {
    const { body: smart } = await north.call('GET', '.well-known/smart-configuration');
    expect(smart).toMatchObject({ issuer: north.issuer, token_endpoint: `${north.issuer}/token` });
    const { body: metadata } = await north.call('GET', 'metadata');
    expect(metadata.implementation.url).toBe(north.fhirBase);
    const { body: openid } = await north.call('GET', '/oauth2/.well-known/openid-configuration');
    expect(openid).toMatchObject({ issuer: north.issuer, jwks_uri: `${north.issuer}/jwks` });
    const { body: api } = await north.call('GET', '/openapi.json');
    expect(api.servers).toEqual([{ url: north.url }]);
    expect((await north.call('GET', '/')).body).toMatchObject({ fhirBase: north.fhirBase, issuer: north.issuer });
    expect((await north.call('GET', '/docs/access')).status).toBe(200);
    const web = await north.call('GET', '/console/config.json');
    expect(web.body).toMatchObject({ console: `${north.url}/console/`, issuer: north.issuer });
    expect([web.body.tenants, web.body.health]).toEqual([undefined, undefined]);
    expect((await server.own.call('GET', '/console/config.json')).body.tenants).toBe(true);
    // Probes are of the process.
    expect((await north.call('GET', '/health/ready')).status).toBe(404);
    const token = (await north.logIn()).access_token;
    expect((await north.call('GET', '/admin/replicas', { token })).status).toBe(404);
    expect((await server.own.call('GET', '/health/ready')).status).toBe(200);
    const made = await north.call('POST', 'Basic', { token, body: { resourceType: 'Basic', code: { text: 'x' } } });
    expect(made.headers.get('location')).toMatch(new RegExp(`^${north.fhirBase}/Basic/`));
  });

  it('are named to who comes with a token of another tenant: the issuer of these, and nothing of the other', async () => {
    const { status, text } = await north.call('GET', 'Patient', { token: server.operator });
    expect([status, text]).toEqual([401, expect.stringContaining(`whose own is '${north.issuer}'`)]);
  });

  it('of well-known documents are those that RFC 9728 and RFC 8414 make', async () => {
    const challenge = (await north.call('GET', 'Patient')).headers.get('www-authenticate') ?? '';
    const place = `${server.url}/.well-known/oauth-protected-resource/t/north/fhir/r4`;
    expect(challenge).toContain(`resource_metadata="${place}"`);
    expect((await request('GET', place)).body).toMatchObject({
      resource: north.fhirBase,
      authorization_servers: [north.issuer],
    });
    for (const document of ['oauth-authorization-server', 'openid-configuration']) {
      const { body } = await request('GET', `${server.url}/.well-known/${document}/t/north/oauth2`);
      expect(body.issuer).toBe(north.issuer);
    }
  });

  it('of the tenant default are those of before, with another way to them', async () => {
    const { body: before } = await server.own.call('GET', '.well-known/smart-configuration');
    expect(before.issuer).toBe(`${server.url}/oauth2`);
    const { body: alias } = await server.tenant('default').call('GET', '.well-known/smart-configuration');
    expect(alias).toEqual(before);
    const { status } = await server.tenant('default').call('GET', '$my-access', { token: server.operator });
    expect(status).toBe(200);
  });

  it('have keys of their own', async () => {
    const keys = async (tenant: TestTenant) =>
      (await tenant.call('GET', '/oauth2/jwks')).body.keys.map(({ kid }: { kid: string }) => kid) as string[];
    const [own, others] = [await keys(north), await keys(server.own)];
    expect(own).toHaveLength(1);
    expect(others).not.toEqual(expect.arrayContaining(own));
  });

  it('take large bodies, and several at once', async () => {
    const token = (await north.logIn()).access_token;
    const data = Buffer.alloc(3_000_000, 'x').toString('base64');
    const binary = { resourceType: 'Binary', contentType: 'text/plain', data };
    const large = await north.call('POST', 'Binary', { token, body: binary });
    expect(large.status, large.text.slice(0, 300)).toBe(201);
    const entry = Array.from({ length: 300 }, (_, n) => ({
      resource: { resourceType: 'Basic', code: { text: String(n) } },
      request: { method: 'POST', url: 'Basic' },
    }));
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    const together = await Promise.all([1, 2, 3, 4].map(() => north.call('POST', '', { token, body: bundle })));
    expect(together.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await north.call('GET', 'Basic?_summary=count', { token })).body.total).toBeGreaterThanOrEqual(1201);
  });
});

describe('an address that is no tenant’s', () => {
  it.each([
    ['a name that no tenant has', 'south'],
    ['a name that none can have', 'NORTH'],
    ['one with an escaped slash', 'north%2Ffhir'],
    ['none', ''],
    ['letters of another alphabet', '%D0%BForth'],
    ['a long one', 'n'.repeat(300)],
  ])('%s: is a 404 that tells nothing, before anything else', async (_, name) => {
    const place = `${server.url}/t/${name}`;
    const options = { headers: { authorization: 'Bearer nonsense' } };
    const fhir = await request('GET', `${place}/fhir/r4/Patient/p1`, options);
    expect([fhir.status, fhir.body.resourceType, fhir.body.issue[0].code]).toEqual([
      404,
      'OperationOutcome',
      'not-found',
    ]);
    const oauth = await request('POST', `${place}/oauth2/token`, { body: new URLSearchParams({ grant_type: 'x' }) });
    expect([oauth.status, oauth.body]).toMatchObject([404, { error: 'not_found' }]);
    const xml = await request('GET', `${place}/fhir/r4/metadata`, { headers: { accept: 'application/fhir+xml' } });
    expect([xml.status, xml.text.includes('<OperationOutcome')]).toEqual([404, true]);
    expect((await request('HEAD', `${place}/fhir/r4/metadata`)).status).toBe(404);
    for (const path of ['fhir/r4/Patient', 'console', 'oauth2/account']) {
      const page = await request('GET', `${place}/${path}`, { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.text).toContain('No server is at this address.');
    }
  });

  it('no header and no forwarded host makes it one', async () => {
    for (const name of ['x-forwarded-host', 'x-tenant', 'x-forwarded-prefix', 'x-original-url']) {
      const { body } = await request('GET', `${server.url}/fhir/r4/metadata`, { headers: { [name]: '/t/north' } });
      expect(body.implementation.url).toBe(`${server.url}/fhir/r4`);
    }
  });
});

describe('a suspended tenant', () => {
  it('answers as one that there is not, and goes on where it was when it is resumed', async () => {
    const east = await server.create('east');
    const token = (await east.logIn()).access_token;
    const body = { resourceType: 'Patient', id: 'p1' };
    expect((await east.call('PUT', 'Patient/p1', { token, body })).status).toBe(201);
    const change = (state: string) =>
      server.own.call('PATCH', '/admin/tenants/east', { token: server.operator, body: { state } });
    expect((await change('suspended')).body).toMatchObject({ name: 'east', state: 'suspended' });
    await until(async () => (await east.call('GET', 'metadata')).status === 404);
    const there = await east.call('GET', 'Patient/p1', { token });
    const nowhere = await server.tenant('nowhere').call('GET', 'Patient/p1', { token });
    expect([there.status, there.text]).toEqual([nowhere.status, nowhere.text]);
    await change('active');
    await until(async () => (await east.call('GET', 'metadata')).status === 200);
    expect((await east.call('GET', 'Patient/p1', { token })).status).toBe(200);
  });

  it('is never the one of the operator', async () => {
    const body = { state: 'suspended' };
    const answer = await server.own.call('PATCH', '/admin/tenants/default', { token: server.operator, body });
    expect([answer.status, answer.body.error_description]).toEqual([400, expect.stringContaining('"default"')]);
  });
});

describe('/admin/tenants', () => {
  const call = (method: string, path: string, body?: object) =>
    server.own.call(method, `/admin/tenants${path}`, { token: server.operator, ...(body && { body }) });

  it('lists and shows tenants, and nothing of what they hold', async () => {
    const { body } = await call('GET', '');
    expect(body.tenants.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['default', 'north']),
    );
    const { body: one } = await call('GET', '/north');
    expect(Object.keys(one).toSorted()).toEqual(['created', 'fhirBase', 'issuer', 'limits', 'name', 'state', 'usage']);
    expect((await call('GET', '/nowhere')).status).toBe(404);
  });

  it('makes a password for the administrator, shown once', async () => {
    const { status, body } = await call('POST', '', { name: 'west', administrator: 'root' });
    expect([status, body.administrator]).toEqual([201, 'root']);
    const west = server.tenant('west');
    await until(async () => (await west.call('GET', 'metadata')).status === 200);
    expect((await west.logIn('root', body.password as string)).scope).toContain('admin/*.cruds');
    expect((await call('GET', '/west')).text).not.toContain(body.password as string);
  });

  it('makes the signing key of a new one, so that its first request waits for none', async () => {
    expect((await call('POST', '', { name: 'keyed' })).status).toBe(201);
    expect(
      await rowsOf(
        server.database.connection,
        `SELECT count(*)::int AS keys FROM signing_key WHERE tenant = (SELECT tenant FROM tenant WHERE name = 'keyed')`,
      ),
    ).toEqual([{ keys: 1 }]);
  });

  it.each([
    [{ name: 'No' }, 400],
    [{ name: 'admin' }, 400],
    [{ name: 'xn--nrth-5qa' }, 400],
    [{ name: '-north' }, 400],
    [{ name: 'nörth' }, 400],
    [{ name: 'n'.repeat(41) }, 400],
    [{ name: 'default' }, 409],
    [{ name: 'north' }, 409],
    [{ name: 'fine', password: 'short' }, 400],
    [{ name: 'fine', limits: {} }, 400],
    [{}, 400],
  ])('refuses %j', async (body, status) => {
    const answer = await call('POST', '', body);
    expect([answer.status, answer.body.error_description]).toEqual([status, expect.stringMatching(/\S/)]);
    expect((await call('GET', '/fine')).status).toBe(404);
  });

  it('makes one of two that are asked for at once', async () => {
    const both = await Promise.all([call('POST', '', { name: 'twice' }), call('POST', '', { name: 'twice' })]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });
});

describe('lanyard tenant', () => {
  const variables = () => ({
    DATABASE_URL: server.database.url,
    PUBLIC_URL: server.url,
    TENANTS: 'path',
    LOGIN: 'on',
  });
  const run = (...args: string[]) => lanyard(variables(), args);

  it('makes, shows, suspends and resumes tenants beside the server', async () => {
    const made = await run('tenant', 'create', 'south-west');
    expect([made.exitCode, made.remarks]).toEqual([0, expect.stringContaining('/t/south-west/fhir/r4')]);
    const there = server.tenant('south-west');
    await until(async () => (await there.call('GET', 'metadata')).status === 200);
    await there.logIn('admin', made.output.trim());
    expect((await run('tenant', 'list')).output).toMatch(/^south-west +active/m);
    expect((await run('tenant', 'show', 'south-west')).output).toContain(`fhirBase: ${there.fhirBase}`);
    expect((await run('tenant', 'suspend', 'south-west')).exitCode).toBe(0);
    await until(async () => (await there.call('GET', 'metadata')).status === 404);
    expect((await run('tenant', 'resume', 'south-west')).exitCode).toBe(0);
    await until(async () => (await there.call('GET', 'metadata')).status === 200);
  });

  it('and commands of one tenant, which name it first', async () => {
    const password = 'correct horse battery';
    const added = await lanyard(
      variables(),
      ['--tenant', 'north', 'user', 'add', 'nora', '--grants', 'user/*.rs', '--password-file', '-'],
      password,
    );
    expect([added.exitCode, added.remarks]).toEqual([0, expect.stringContaining('"nora"')]);
    expect((await north.logIn('nora', password)).scope).toBe('user/*.rs');
    expect((await run('user', 'list')).output).not.toContain('nora');
    expect((await run('--tenant', 'north', 'user', 'list')).output).toMatch(/^nora /m);
  });

  it.each([
    [['tenant', 'create', 'North'], 1, 'Names of tenants are 3 to 40 lower case letters'],
    [['tenant', 'create', 'north'], 1, 'There is a tenant "north" already'],
    [['tenant', 'show', 'nowhere'], 1, 'There is no tenant "nowhere"'],
    [['tenant', 'suspend', 'default'], 1, 'cannot be suspended'],
    [['--tenant', 'nowhere', 'user', 'list'], 1, 'There is no tenant "nowhere"'],
    [['--tenant', 'north', 'migrate'], 2, '"migrate" is not of one tenant'],
    [['--tenant'], 2, 'Name the tenant and the command'],
  ])('%j: says what is wrong', async (args, exitCode, words) => {
    const result = await run(...args);
    expect([result.exitCode, result.remarks]).toEqual([exitCode, expect.stringContaining(words)]);
  });

  it('is of no use while TENANTS is off', async () => {
    const off = { ...variables(), TENANTS: 'off' };
    expect((await lanyard(off, ['tenant', 'list'])).remarks).toContain('TENANTS: is off');
    expect((await lanyard(off, ['--tenant', 'north', 'user', 'list'])).remarks).toContain('TENANTS: is off');
  });
});

describe('the start', () => {
  const lines = (variables: Readonly<Record<string, string>>): string => {
    try {
      return new AppConfig(variables).publicUrl;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('refuses what is not there', () => {
    expect(lines({ TENANTS: 'yes' })).toContain('TENANTS: must be one of off, path');
    const replica = 'postgres://lanyard:x@standby.example/lanyard';
    expect(lines({ TENANTS: 'path', DATABASE_URL: replica, DATABASE_REPLICA_URLS: replica })).toContain(
      'TENANTS: tenants do not read from standbys',
    );
  });

  it('refuses tenants in an application of somebody else', async () => {
    const environment = { TENANTS: 'path', DATABASE_URL: server.database.url };
    await expect(LanyardModule.forRoot({ environment })).rejects.toThrow('TENANTS: needs the whole process');
    expect(lanyardAdapter({})).toBeDefined();
  });

  it('with TENANTS=off has no address of tenants', async () => {
    const database = await freshDatabase();
    const off = await startLanyard({
      environment: {
        DATABASE_URL: database.url,
        PORT: '0',
        EVENT_LOOP_DELAY: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'silent',
        ADMIN_PASSWORD: adminPassword,
      },
    });
    try {
      for (const path of ['/t/default/fhir/r4/metadata', '/t/north/fhir/r4/metadata'])
        expect((await request('GET', off.url + path)).status).toBe(404);
      expect((await request('GET', `${off.url}/admin/tenants`)).status).toBe(404);
    } finally {
      await off.close();
      await database.drop();
    }
  });
});

describe('work that is nobody’s', () => {
  it('gets no connection, by any way to ask for one', async () => {
    const pool = new pg.Pool(server.database.connection);
    requireTenant(pool);
    try {
      await expect(pool.connect()).rejects.toThrow(NobodysWork);
      await expect(pool.query('SELECT 1')).rejects.toThrow(NobodysWork);
      const later = asTenant({ tenant: 2, name: 'north' }, () => pool.query('SELECT 1 AS one'));
      expect((await later).rows).toEqual([{ one: 1 }]);
      const rows = await asOperator('a test', () => pool.query('SELECT 1 AS one'));
      expect(rows.rows).toEqual([{ one: 1 }]);
    } finally {
      await pool.end();
    }
  });

  it('of the operator belongs to no tenant', () => {
    expect(() => asOperator('a test', currentTenant)).toThrow('belongs to no tenant');
    expect(asTenant({ tenant: 7, name: 'seven' }, currentTenant)).toBe(7);
    expect(currentTenant()).toBe(1);
  });
});
