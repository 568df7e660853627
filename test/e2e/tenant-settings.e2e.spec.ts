// Settings that a tenant has of its own (docs/adr/0193): whom it trusts, how its pages look, what its content has to be; nobody else's
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryOf } from '../../src/app/tenants/open-tenants.js';
import { settingsFromStore } from '../../src/app/tenants/settings-of-tenant.js';
import { SettingsResealing } from '../../src/app/tenants/settings-resealing.js';
import { TenantAdministration } from '../../src/app/tenants/tenant-administration.js';
import { TenantSettings } from '../../src/app/tenants/tenant-settings.js';
import { AppConfig } from '../../src/config/app-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { FormBrowser } from '../support/form-browser.js';
import { TestIssuer } from '../support/issuer.js';
import { adminPassword } from '../support/server.js';
import { startTenants, type TenantAnswer, type TenantsServer, type TestTenant, until } from '../support/tenants.js';
import { UpstreamTestProvider } from '../support/upstream-provider.js';

const keySecret = 'a secret of enough letters and 7 digits';
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
let server: TenantsServer;
let north: TestTenant;
let south: TestTenant;
let east: TestTenant;
let folder: string;
beforeAll(async () => {
  server = await startTenants({
    KEY_ENCRYPTION_SECRET: keySecret,
    ORGANISATION_NAME: 'The operator',
    ORGANISATION_COLOUR: '#0f5e9c',
  });
  [north, south, east] = (await server.createAll(['north', 'south', 'east'])) as [TestTenant, TestTenant, TestTenant];
  folder = await mkdtemp(join(tmpdir(), 'tenant-settings-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const variables = () => ({
  DATABASE_URL: server.database.url,
  PUBLIC_URL: server.url,
  TENANTS: 'path',
  LOGIN: 'on',
  KEY_ENCRYPTION_SECRET: keySecret,
});
const settings = (name: string, ...options: string[]) => lanyard(variables(), ['tenant', 'settings', name, ...options]);
async function set(name: string, ...options: string[]): Promise<void> {
  const { exitCode, remarks } = await settings(name, ...options);
  expect([exitCode, remarks]).toEqual([0, expect.stringContaining('within 5 seconds')]);
}
const loginPage = async (tenant: TestTenant): Promise<string> => (await atLogin(tenant)).page.text;

const aProvider = {
  id: 'corp',
  name: 'Northern login',
  issuer: 'https://idp.example',
  clientId: 'lanyard',
  clientSecret: 'the-secret',
};
const basic = { authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}` };
const preflight = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
const plain = { resourceType: 'Basic', code: { text: 'plain' } };
const unknownProfile = { ...plain, meta: { profile: ['http://nowhere.example/StructureDefinition/p'] } };
const labels = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
const restricted = { ...plain, id: 'secret', meta: { security: labels } };
const tokenOf = async (tenant: TestTenant): Promise<string> => (await tenant.logIn()).access_token;
const expiryOf = (token: string): number => {
  const { exp = 0, iat = 0 } = decodeJwt(token);
  return exp - iat;
};

/** A browser at the sign-in page of the tenant's console. */
async function atLogin(tenant: TestTenant) {
  const verifier = randomBytes(32).toString('base64url');
  const address = new URL(`${tenant.issuer}/authorize`);
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: 'lanyard-console',
    redirect_uri: `${tenant.url}/console/callback`,
    scope: 'openid fhirUser user/*.rs',
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    aud: tenant.fhirBase,
  }).toString();
  const browser = new FormBrowser();
  return { browser, verifier, page: await browser.open(address.href) };
}

describe('settings of a tenant', () => {
  it('say whose tokens count: at it, and nowhere else', async () => {
    const issuer = await TestIssuer.start(north.fhirBase);
    const token = issuer.token({ scope: 'system/*.rs', sub: 'app-1' });
    const statusAt = async (tenant: TestTenant): Promise<number> =>
      (await tenant.call('GET', 'Patient', { token })).status;
    expect(await statusAt(north)).toBe(401);
    await set('north', '--set', `TRUSTED_ISSUERS=${JSON.stringify([{ issuer: issuer.url }])}`);
    await until(async () => (await statusAt(north)) === 200);
    expect([await statusAt(south), await statusAt(server.own)]).toEqual([401, 401]);
    // One for another audience does not count, as at any server.
    const elsewhere = issuer.token({ scope: 'system/*.rs', sub: 'app-1', aud: south.fhirBase });
    expect((await north.call('GET', 'Patient', { token: elsewhere })).status).toBe(401);
    await set('north', '--unset', 'TRUSTED_ISSUERS');
    await until(async () => (await statusAt(north)) === 401);
    await issuer.close();
  });

  it('say by which provider its users log in; their accounts are its own', async () => {
    const upstream = await UpstreamTestProvider.start();
    await writeFile(join(folder, 'secret'), `${upstream.clientSecret}\n`);
    const provider = {
      id: 'corp',
      name: 'Northern login',
      issuer: upstream.url,
      clientId: upstream.clientId,
      clientSecretFile: join(folder, 'secret'),
      grantMap: { doctors: 'user/*.rs' },
      createUsers: true,
    };
    await writeFile(join(folder, 'providers.json'), JSON.stringify([provider]));
    await set('north', '--set', `LOGIN_PROVIDERS=@${join(folder, 'providers.json')}`);
    // The server of this machine needs the file no more.
    await rm(join(folder, 'secret'));
    await until(async () => (await loginPage(north)).includes('Northern login'));
    for (const tenant of [south, server.own]) expect(await loginPage(tenant)).not.toContain('Northern login');

    upstream.user = { sub: 's1', preferred_username: 'ana', groups: ['doctors'], fhirUser: 'Practitioner/ana' };
    const { browser, page, verifier } = await atLogin(north);
    const [, href = ''] = /<a[^>]*href="([^"]*\/login\/corp)"/.exec(page.text) ?? [];
    const arrived = await browser.open(new URL(href, page.url).href);
    const back = new URL(arrived.forward ?? arrived.url.href, arrived.url);
    const code = back.searchParams.get('code');
    expect(code, arrived.text.slice(0, 500)).toEqual(expect.any(String));
    const { status, body } = await north.call('POST', '/oauth2/token', {
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'lanyard-console',
        code: code!,
        redirect_uri: `${north.url}/console/callback`,
        code_verifier: verifier,
      }),
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(decodeJwt(body.access_token as string)).toMatchObject({ iss: north.issuer, sub: 'corp:ana' });
    expect((await north.call('GET', 'Patient', { token: body.access_token })).status).toBe(200);
    expect((await south.call('GET', 'Patient', { token: body.access_token })).status).toBe(401);
    const { body: users } = await south.call('GET', '/oauth2/users', { token: (await south.logIn()).access_token });
    expect(JSON.stringify(users)).not.toContain('corp:ana');
    await upstream.close();
  });

  it('are sealed in the database, and show no secret', async () => {
    await set('north', '--set', `LOGIN_PROVIDERS=${JSON.stringify([aProvider])}`);
    const [stored] = await rowsOf<{ settings: string }>(
      server.database.connection,
      `SELECT settings FROM tenant WHERE name = 'north'`,
    );
    expect(stored!.settings).toMatch(/^sealed-aes-256-gcm\$[\w-]+$/);
    const { output } = await settings('north', '--json');
    expect(JSON.parse(output)).toEqual({ LOGIN_PROVIDERS: expect.stringContaining('"clientSecret":"(not shown)"') });
    const again = JSON.parse(output) as { readonly LOGIN_PROVIDERS: string };
    const refused = await settings('north', '--set', `LOGIN_PROVIDERS=${again.LOGIN_PROVIDERS}`);
    expect([refused.exitCode, refused.remarks]).toEqual([1, expect.stringContaining('stands for a secret')]);
    const other = await lanyard({ ...variables(), KEY_ENCRYPTION_SECRET: `another ${keySecret}` }, [
      'tenant',
      'settings',
      'north',
    ]);
    expect([other.exitCode, other.output, other.remarks]).toEqual([1, '', expect.stringContaining('KEY_ENCRYPTION')]);
  });

  it('are sealed anew by the first of several secrets, once', async () => {
    const dataSource = await createDataSource(server.database.connection, [], []).initialize();
    const registry = registryOf(dataSource);
    await set('north', '--set', `LOGIN_PROVIDERS=${JSON.stringify([aProvider])}`);
    const { length } = await registry.storedSettings();
    const next = 'the next secret of enough letters';
    const config = { process: { keySecrets: () => [next, keySecret] } } as unknown as AppConfig;
    const resealing = new SettingsResealing(registry, config);
    expect([await resealing.reseal(), await resealing.reseal()]).toEqual([length, 0]);
    const stored = (await registry.storedSettings()).find(({ name }) => name === 'north');
    const open = (secret: string) =>
      settingsFromStore(stored!.settings, stored!.tenant, { process: { keySecrets: () => [secret] } } as never);
    expect(Object.keys(open(next))).toEqual(['LOGIN_PROVIDERS']);
    expect(() => open(keySecret)).toThrow('KEY_ENCRYPTION_SECRET does not open the settings that the tenant has');
    const back = { process: { keySecrets: () => [keySecret, next] } } as unknown as AppConfig;
    expect(await new SettingsResealing(registry, back).reseal()).toBe(length);
    await dataSource.destroy();
  });

  it('say how its pages look, and take nothing of the operator', async () => {
    await writeFile(join(folder, 'logo.png'), png);
    expect(await loginPage(server.own)).toMatch(/The operator.*organisation\/style|organisation\/style.*The operator/s);
    await set(
      'south',
      '--set',
      'ORGANISATION_NAME=Southern Hospital',
      '--set',
      `ORGANISATION_LOGO=${join(folder, 'logo.png')}`,
    );
    await set('north', '--set', 'ORGANISATION_NAME=Northern Hospital');
    await until(async () => (await loginPage(south)).includes('Southern Hospital'));
    await until(async () => (await loginPage(north)).includes('Northern Hospital'));
    expect(await loginPage(south)).not.toMatch(/Northern Hospital|The operator|organisation\/style/);
    expect(await loginPage(north)).not.toMatch(/Southern Hospital|The operator|organisation\/(?:style|logo)/);
    expect(await loginPage(east)).not.toMatch(/Hospital|The operator|organisation\//);
    await set('north', '--unset', 'ORGANISATION_NAME');
    const logo = /<img[^>]*src="([^"]*)"/.exec(await loginPage(south))?.[1] ?? '';
    const picture = await fetch(new URL(logo, south.url));
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(png);
    expect(picture.headers.get('content-type')).toBe('image/png');
  });

  it('say what its content has to be, how it is searched, and what a deletion takes', async () => {
    const token = { north: (await north.logIn()).access_token, south: (await south.logIn()).access_token };
    const wrong = { resourceType: 'Patient', gender: 'unheard' };
    const create = (tenant: TestTenant): Promise<TenantAnswer> =>
      tenant.call('POST', 'Patient', { token: token[tenant.name as 'north'], body: wrong });
    const search = (tenant: TestTenant) =>
      tenant.call('GET', 'Patient?unknown=1', { token: token[tenant.name as 'north'] });
    expect([(await create(north)).status, (await search(north)).status]).toEqual([422, 400]);
    const asked = [
      'VALIDATION=structure',
      'SEARCH_HANDLING=lenient',
      'SEARCH_COUNT_DEFAULT=2',
      'CONDITIONAL_DELETE=multiple',
    ];
    await set('north', ...asked.flatMap((one) => ['--set', one]));
    await until(async () => (await create(north)).status === 201);
    for (let i = 0; i < 3; i++) expect((await create(north)).status).toBe(201);
    const { body: page } = await search(north);
    expect(page.entry.filter(({ search: { mode } }: { search: { mode: string } }) => mode === 'match')).toHaveLength(2);
    expect([(await create(south)).status, (await search(south)).status]).toEqual([422, 400]);
    const deleted = await north.call('DELETE', 'Patient?gender=unheard', { token: token.north });
    expect(deleted.status, deleted.text).toBeLessThan(300);
  });

  it.each<[setting: string, probe: (tenant: TestTenant) => Promise<unknown>, expected: unknown]>([
    ['AUTH_BASIC=on', async (tenant) => (await tenant.call('GET', 'Patient', { headers: basic })).status, 200],
    [
      'REGISTRATION=off',
      async (tenant) => typeof (await tenant.call('GET', '.well-known/smart-configuration')).body.registration_endpoint,
      'undefined',
    ],
    ['LOGIN_TOKEN_TTL=77', async (tenant) => expiryOf((await tenant.logIn()).access_token), 77],
    [
      'CORS_ORIGINS=https://app.example',
      async (tenant) =>
        (await tenant.call('OPTIONS', 'Patient', { headers: preflight })).headers.get('access-control-allow-origin'),
      'https://app.example',
    ],
    [
      'UNKNOWN_PROFILES=error',
      async (tenant) =>
        (await tenant.call('POST', 'Basic', { body: unknownProfile, token: await tokenOf(tenant) })).status,
      422,
    ],
    [
      'VALIDATION_PROFILES={"Patient":["http://nowhere.example/StructureDefinition/p"]}',
      async (tenant) =>
        (await tenant.call('POST', 'Patient', { body: { resourceType: 'Patient' }, token: await tokenOf(tenant) }))
          .status,
      422,
    ],
    [
      'CLEARANCE=N',
      async (tenant) => {
        const token = await tokenOf(tenant);
        await tenant.call('PUT', 'Basic/secret', { token, body: restricted });
        return (await tenant.call('GET', 'Basic/secret', { token })).status;
      },
      404,
    ],
    [
      'CONSOLE_CLIENT_ID=the-console',
      async (tenant) => (await tenant.call('GET', '/console/config.json')).body.clientId,
      'the-console',
    ],
    ['LOGIN=off', async (tenant) => (await tenant.call('POST', 'login', { body: {} })).status, 404],
  ])('%s counts at the tenant alone', async (setting, probe, expected) => {
    const before = [await probe(south), await probe(server.own)];
    expect(await probe(east)).not.toEqual(expected);
    // Only together with an issuer that people log in at.
    const issuer = 'https://idp.example';
    const more = setting.startsWith('CONSOLE')
      ? [`TRUSTED_ISSUERS=[{"issuer":"${issuer}"}]`, `CONSOLE_ISSUER=${issuer}`]
      : [];
    await set('east', ...[setting, ...more].flatMap((one) => ['--set', one]));
    await until(async () => (await probe(east)) === expected);
    expect([await probe(south), await probe(server.own)]).toEqual(before);
  });

  it('count for requests that come while they change: none fails', async () => {
    const token = (await south.logIn()).access_token;
    const changed = new AbortController();
    let asked = 0;
    const asking = Promise.all(
      Array.from({ length: 4 }, async () => {
        const wrong: string[] = [];
        for (; !changed.signal.aborted && asked < 20_000; asked++) {
          const { status, text } = await south.call('GET', 'Patient?_count=1', { token });
          if (status !== 200) wrong.push(`${status} ${text.slice(0, 200)}`);
        }
        return wrong;
      }),
    );
    const before = asked;
    await set('south', '--set', 'ORGANISATION_NAME=Another name');
    await until(async () => (await loginPage(south)).includes('Another name'));
    changed.abort();
    expect((await asking).flat()).toEqual([]);
    expect(asked).toBeGreaterThan(before);
  });

  it('stand in its audit by their names, and in that of the operator', async () => {
    const of = async (tenant: TestTenant, token: string): Promise<string> => {
      const { body } = await tenant.call('GET', 'AuditEvent?entity-name=settings&_count=50', { token });
      return JSON.stringify(body);
    };
    const dataSource = await createDataSource(server.database.connection, [], []).initialize();
    const session = new SqlSession(poolOf(dataSource), { statementTimeout: 20 });
    const administration = new TenantAdministration(registryOf(dataSource));
    const inProcess = new TenantSettings(administration, session, new AppConfig(variables()));
    await inProcess.change(
      'north',
      { LOGIN_PROVIDERS: JSON.stringify([aProvider]) },
      { caller: { subject: 'who did it' } },
    );
    await dataSource.destroy();
    await set('north', '--unset', 'VALIDATION');
    const own = await tokenOf(north);
    const name = 'LOGIN_PROVIDERS';
    const ofOperator = async (): Promise<string> =>
      JSON.stringify((await server.own.call('GET', 'AuditEvent?entity-name=tenant', { token: server.operator })).body);
    await until(async () => (await of(north, own)).includes(name));
    expect(await of(north, own)).toContain('who did it');
    expect(await of(north, own)).not.toMatch(/Northern login|the-secret/);
    expect(await of(south, await tokenOf(south))).not.toContain(name);
    await until(async () => (await ofOperator()).includes('lanyard tenant settings'));
    expect(await ofOperator()).not.toMatch(/Northern login|the-secret/);
  });
});

describe('what is refused', () => {
  it.each([
    ['DATABASE_URL=postgres://x/y', 'DATABASE_URL: a tenant has no such setting of its own'],
    ['VALIDATON=strict', 'Was VALIDATION meant?'],
    ['VALIDATION=lax', 'VALIDATION: must be one of strict, structure'],
    ['validation', 'sets nothing. Example: --set VALIDATION=structure'],
    ['SEARCH_COUNT_DEFAULT=5000', 'SEARCH_COUNT_DEFAULT: is larger than SEARCH_COUNT_MAX'],
    ['TRUSTED_ISSUERS=[{"issuer":"http://idp.example"}]', 'is not https'],
    ['TRUSTED_ISSUERS=@/nowhere.json', 'TRUSTED_ISSUERS: cannot read /nowhere.json (ENOENT)'],
    ['TRUSTED_ISSUERS=[{', 'TRUSTED_ISSUERS: is not JSON'],
    ['LOGIN_PROVIDERS=[{"id":"a","clientSecretFile":"/nowhere"}]', 'LOGIN_PROVIDERS: cannot read /nowhere (ENOENT)'],
    ['ORGANISATION_LOGO=/etc/hostname', 'ORGANISATION_LOGO: must name a PNG, JPEG or WebP picture'],
    ['CONSOLE_ISSUER=https://idp.example', 'CONSOLE_ISSUER: is no issuer of TRUSTED_ISSUERS'],
  ])('%s', async (text, words) => {
    const before = (await settings('south', '--json')).output;
    const { exitCode, remarks } = await settings('south', '--set', text);
    expect([exitCode, remarks]).toEqual([expect.toBeOneOf([1, 2]), expect.stringContaining(words)]);
    expect((await settings('south', '--json')).output).toBe(before);
  });

  it('settings of the operator, of a tenant that is not there, and over HTTP', async () => {
    const one = ['--set', 'VALIDATION=structure'];
    expect((await settings('default', ...one)).remarks).toContain('are those of the process');
    expect((await settings('nobody', ...one)).remarks).toContain('There is no tenant "nobody"');
    const body = { settings: { VALIDATION: 'structure' } };
    const sent = await server.own.call('PATCH', '/admin/tenants/south', { token: server.operator, body });
    expect([sent.status, sent.text]).toEqual([400, expect.stringContaining('\\"settings\\"')]);
  });

  it('more text than settings need', async () => {
    await writeFile(
      join(folder, 'long.json'),
      JSON.stringify([{ issuer: `https://idp.example/${'x'.repeat(500_000)}` }]),
    );
    const { exitCode, remarks } = await settings('south', '--set', `TRUSTED_ISSUERS=@${join(folder, 'long.json')}`);
    expect([exitCode, remarks]).toEqual([1, expect.stringContaining('have 500000 characters at most')]);
  });

  it('a start with settings that nobody can read: the tenant answers 503, and no other does', async () => {
    const lost = await server.create('lost');
    await set('north', '--set', 'VALIDATION=structure');
    await set('lost', '--set', 'VALIDATION=structure');
    await rowsOf(
      server.database.connection,
      `UPDATE tenant SET settings = (SELECT settings FROM tenant WHERE name = 'north'), generation = (SELECT max(generation) + 1 FROM tenant),
         settings_generation = (SELECT max(generation) + 1 FROM tenant) WHERE name = 'lost'`,
    );
    await until(async () => (await lost.call('GET', 'metadata')).status === 503);
    expect((await north.call('GET', 'metadata')).status).toBe(200);
    expect((await lanyard(variables(), ['doctor'])).output.replaceAll(/\s+/g, ' ')).toContain(
      'nobody is answered at lost',
    );
    const kept = await settings('lost', '--set', 'VALIDATION=strict');
    expect([kept.exitCode, kept.remarks]).toEqual([1, expect.stringContaining('tenant settings NAME --reset')]);
    await set('lost', '--reset', '--set', 'SEARCH_COUNT_DEFAULT=3');
    await until(async () => (await lost.call('GET', 'metadata')).status === 200);
    expect(JSON.parse((await settings('lost', '--json')).output)).toEqual({ SEARCH_COUNT_DEFAULT: '3' });
    const { body: audit } = await lost.call('GET', 'AuditEvent?entity-name=settings', { token: await tokenOf(lost) });
    expect(JSON.stringify(audit)).toContain('all that it had');
    await set('lost', '--reset');
    expect((await settings('lost', '--json')).output.trim()).toBe('{}');
  });
});

describe('lanyard apply', () => {
  const apply = async (text: string, ...options: string[]) => {
    await writeFile(join(folder, 'tenants.yaml'), text);
    return lanyard(variables(), ['apply', '-f', join(folder, 'tenants.yaml'), ...options]);
  };
  const declared = `tenants:
  - name: west
    settings:
      VALIDATION: structure
      SEARCH_COUNT_DEFAULT: 7
      LOGIN: true
      ORGANISATION_LOGO: logo.png
      TRUSTED_ISSUERS: [{ issuer: https://idp.example, introspection: { clientId: a, clientSecretFile: secret } }]
`;

  it('sets what is declared, with files beside the declaration, and takes away what is not', async () => {
    await writeFile(join(folder, 'secret'), 'a-secret');
    await writeFile(join(folder, 'logo.png'), png);
    expect((await apply(declared)).output).toContain('+ tenant west');
    expect((await apply(declared)).output).toContain('Nothing to change.');
    const { output } = await settings('west', '--json');
    expect(JSON.parse(output)).toEqual({
      VALIDATION: 'structure',
      SEARCH_COUNT_DEFAULT: '7',
      LOGIN: 'on',
      ORGANISATION_LOGO: 'data:image/png;base64,…',
      TRUSTED_ISSUERS: expect.stringContaining('"clientSecret":"(not shown)"'),
    });
    const changed = await apply('tenants:\n  - name: west\n    settings: { VALIDATION: strict, LOGIN: true }\n');
    expect(changed.output).toContain('setting VALIDATION: set');
    expect(changed.output).toContain('setting TRUSTED_ISSUERS: taken away');
    expect(changed.output).not.toContain('a-secret');
    expect(JSON.parse((await settings('west', '--json')).output)).toEqual({ VALIDATION: 'strict', LOGIN: 'on' });
  });

  it('stops before any change where a setting is wrong', async () => {
    const { exitCode, remarks } = await apply('tenants:\n  - name: newest\n    settings: { VALIDATION: lax }\n');
    expect([exitCode, remarks]).toEqual([1, expect.stringContaining('VALIDATION: must be one of')]);
    expect((await lanyard(variables(), ['tenant', 'list'])).output).not.toContain('newest');
  });

  it('leaves no settings of a tenant that is erased', async () => {
    expect((await apply('tenants:\n  - { name: west, settings: { LOGIN: on } }\n')).exitCode).toBe(0);
    await lanyard(variables(), ['tenant', 'suspend', 'west']);
    const west = () => server.own.call('GET', '/admin/tenants/west', { token: server.operator });
    expect((await server.own.call('DELETE', '/admin/tenants/west', { token: server.operator })).status).toBe(202);
    await until(async () => (await west()).status === 404);
    const left = await rowsOf(
      server.database.connection,
      `SELECT settings FROM tenant WHERE state = 'erased' AND settings IS NOT NULL`,
    );
    expect(left).toEqual([]);
  });
});
