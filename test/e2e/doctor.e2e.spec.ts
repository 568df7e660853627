import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runDoctor } from '../../src/app/doctor/run-doctor.js';
import { AppConfig } from '../../src/config/app-config.js';
import type { DoctorResult } from '../../src/doctor/doctor-result.js';
import { logIn } from '../support/admin-api.js';
import { lanyard } from '../support/command-line.js';
import { newKey, TestIssuer } from '../support/issuer.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { adminPassword, startServer, type TestServer } from '../support/server.js';

type Change = (incoming: IncomingMessage, response: ServerResponse) => boolean;

/** `lanyard doctor` beside a running server, and without one. A proxy stands before the server, as its PUBLIC_URL says. */
let server: TestServer;
let direct: string;
let publicUrl: string;
let variables: Readonly<Record<string, string>>;
const servers: Server[] = [];
const passOn: Change = () => false;
let change = passOn;

beforeAll(async () => {
  publicUrl = await listening(sendOn);
  servers.length = 0;
  server = await startServer({ PUBLIC_URL: publicUrl });
  await server.app.listen(0, '127.0.0.1');
  direct = `http://127.0.0.1:${(server.app.getHttpServer().address() as AddressInfo).port}`;
  variables = {
    DATABASE_URL: server.database.url,
    PUBLIC_URL: publicUrl,
    LOGIN: 'on',
    KEY_ENCRYPTION_SECRET: 'a secret of sixteen characters and more',
  };
});
afterAll(() => server.close());
afterEach(() => {
  change = passOn;
  for (const one of servers.splice(0)) {
    one.close();
    one.closeAllConnections();
  }
});

async function listening(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const made = createServer(answer);
  servers.push(made);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

/** Sends on to the server, after `change` has had its way; what it answers with `true` is answered. */
function sendOn(incoming: IncomingMessage, response: ServerResponse): void {
  if (change(incoming, response)) return;
  const { method, url, headers } = incoming;
  request(`${direct}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  }).end();
}

const doctor = (changed: Readonly<Record<string, string>> = {}, options = {}): Promise<readonly DoctorResult[]> =>
  runDoctor(new AppConfig({ ...variables, ...changed }), options);

/** The database of the tests keeps nothing, and the doctor says so each time. */
const wrong = (findings: readonly DoctorResult[]): readonly DoctorResult[] =>
  findings.filter(({ status, check }) => status !== 'ok' && check !== 'durability');

/** What came of the checks of one group, by their names. */
const statuses = (findings: readonly DoctorResult[], group: string): Readonly<Record<string, string>> =>
  Object.fromEntries(findings.filter((one) => one.group.startsWith(group)).map(({ check, status }) => [check, status]));

const issuerSetting = (...issuers: readonly object[]) => ({ TRUSTED_ISSUERS: JSON.stringify(issuers) });

describe('beside a running server', () => {
  it('finds nothing wrong, and says which checks it made', async () => {
    const findings = await doctor(issuerSetting({ issuer: server.issuer.url }));
    expect(wrong(findings)).toEqual([]);
    expect(Object.keys(statuses(findings, 'public'))).toEqual([
      'metadata',
      'smart-configuration',
      'protected-resource',
      'credentials',
      'clock',
    ]);
    expect(Object.keys(statuses(findings, 'issuer'))).toEqual(['reachable', 'issuer-equal', 'keys', 'clock']);
    expect(Object.keys(statuses(findings, 'database'))).toEqual(
      expect.arrayContaining(['version', 'writable', 'rights', 'migrations', 'connections', 'clock']),
    );
  });

  it('says the same each time', async () => {
    const [first, second] = [await doctor(), await doctor()];
    // The audit goes on: connections come and go, and the database grows.
    const lasting = (findings: readonly DoctorResult[]) =>
      findings
        .filter(({ check }) => check !== 'connections')
        .map(({ fact, values, ...finding }) => ({
          ...finding,
          fact: fact.replace(/[\d.]+ MB/, 'MB'),
          values: { ...values, size: typeof values?.['size'] },
        }));
    expect(lasting(second)).toEqual(lasting(first));
  });

  it('as a command: a table that fits 80 columns, JSON for machines, and exit codes', async () => {
    const table = await lanyard(variables, ['doctor']);
    expect(table).toMatchObject({ exitCode: 0, remarks: '' });
    expect(table.output).toMatch(/^Settings\n {2}✔ /);
    expect(table.output).toMatch(/\nHealthy: \d+ good, 1 to look at, 0 wrong, 0 not seen\.$/);
    expect(Math.max(...table.output.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);

    const broken = await lanyard({ ...variables, ...issuerSetting({ issuer: 'http://127.0.0.1:1' }) }, [
      'doctor',
      '--json',
    ]);
    expect(broken.exitCode).toBe(1);
    const { healthy, findings } = JSON.parse(broken.output) as { healthy: boolean; findings: readonly DoctorResult[] };
    expect(healthy).toBe(false);
    expect(findings).toContainEqual({
      group: 'issuer http://127.0.0.1:1',
      title: 'Issuer http://127.0.0.1:1',
      check: 'reachable',
      status: 'failed',
      key: 'issuer.unreachable',
      values: expect.objectContaining({
        why: { key: 'keys.unreachable', values: { url: 'http://127.0.0.1:1/.well-known/openid-configuration' } },
      }),
      fact: expect.stringContaining('cannot be reached'),
      cure: expect.stringContaining('TRUSTED_ISSUERS'),
      setting: 'TRUSTED_ISSUERS',
    });
  });

  it('is written with a URL', async () => {
    expect(await lanyard(variables, ['doctor', '--base', 'fhir.example'])).toMatchObject({
      exitCode: 2,
      remarks: expect.stringContaining('--base is a URL'),
    });
  });
});

describe('the address that clients use', () => {
  it('is told apart from what the server calls itself', async () => {
    const [finding] = wrong(await doctor({}, { base: `${direct}/fhir/r4` }));
    expect(finding).toMatchObject({ group: 'public address', check: 'metadata', status: 'failed' });
    expect(finding?.fact).toBe(`What answers at ${direct}/fhir/r4 calls itself ${publicUrl}/fhir/r4.`);
    expect(finding?.cure).toContain('PUBLIC_URL');
  });

  it('that is not there is no failure of a stopped server, unless it was asked for', async () => {
    const PUBLIC_URL = 'http://127.0.0.1:1';
    expect(statuses(await doctor({ PUBLIC_URL }), 'public')).toEqual({ reachable: 'skipped' });
    const base = `${PUBLIC_URL}/fhir/r4`;
    expect(statuses(await doctor({ PUBLIC_URL }, { base }), 'public')).toEqual({ reachable: 'failed' });
  });

  const others = { metadata: 'ok', 'smart-configuration': 'ok', 'protected-resource': 'ok', clock: 'ok' };
  it.each<[string, Change, Readonly<Record<string, string>>]>([
    [
      'takes the token away',
      ({ headers }) => {
        delete headers.authorization;
        return false;
      },
      { ...others, credentials: 'failed' },
    ],
    [
      'keeps .well-known for itself',
      ({ url }, response) => {
        if (!url?.includes('.well-known')) return false;
        response.writeHead(404).end();
        return true;
      },
      { ...others, 'smart-configuration': 'failed', 'protected-resource': 'failed', credentials: 'ok' },
    ],
    [
      'has a clock of its own',
      (_, response) => {
        const writeHead = response.writeHead.bind(response) as (status: number, headers: object) => ServerResponse;
        const date = new Date(Date.now() + 300_000).toUTCString();
        response.writeHead = ((status: number, headers: object) =>
          writeHead(status, { ...headers, date })) as typeof response.writeHead;
        return false;
      },
      { ...others, credentials: 'ok', clock: 'failed' },
    ],
    [
      'answers itself',
      (_, response) => {
        response.end('<html>It works!</html>');
        return true;
      },
      { metadata: 'failed' },
    ],
    [
      'redirects',
      (_, response) => {
        response.writeHead(301, { location: 'https://elsewhere.example/' }).end();
        return true;
      },
      { metadata: 'failed' },
    ],
  ])('a proxy that %s is found', async (_, made, expected) => {
    change = made;
    expect(statuses(await doctor(), 'public')).toEqual(expected);
  });
});

describe('an issuer', () => {
  const examined = async (entry: object): Promise<Readonly<Record<string, string>>> =>
    statuses(await doctor(issuerSetting(entry)), 'issuer');
  const well = { reachable: 'ok', 'issuer-equal': 'ok', keys: 'ok', clock: 'ok' };
  let issuer: TestIssuer;
  beforeAll(async () => void (issuer = await TestIssuer.start('x')));
  afterEach(() => {
    issuer.behaviour = 'serve';
    issuer.jwksText = undefined;
    issuer.metadata = {};
    issuer.keys = [newKey()];
  });
  afterAll(() => issuer.close());

  it('whose name differs by the slash at the end', async () => {
    const findings = await doctor(issuerSetting({ issuer: `${issuer.url}/` }));
    const finding = findings.find(({ check }) => check === 'issuer-equal');
    expect(finding).toMatchObject({
      status: 'failed',
      fact: expect.stringContaining('Only the slash at the end differs.'),
    });
    expect(finding?.cure).toContain(`"issuer":"${issuer.url}"`);
  });

  it('that is down, or never answers, holds nothing up', async () => {
    issuer.behaviour = 'fail';
    expect(await examined({ issuer: issuer.url })).toEqual({ reachable: 'failed', keys: 'skipped' });
    issuer.behaviour = 'hang';
    const findings = await doctor(issuerSetting({ issuer: issuer.url }));
    expect(statuses(findings, 'issuer')).toEqual({ reachable: 'failed', keys: 'skipped' });
    expect(statuses(findings, 'public')).toMatchObject(others());
  });

  const others = () => ({ metadata: 'ok', credentials: 'ok' });

  it('that publishes no metadata is well where the setting names its keys', async () => {
    const down = await examined({ issuer: 'https://127.0.0.1:1', jwksUri: `${issuer.url}/jwks` });
    expect(down).toEqual({ reachable: 'skipped', keys: 'ok' });
  });

  it.each<[string, () => void, object, Readonly<Record<string, string>>]>([
    ['has no keys', () => (issuer.keys = []), {}, { ...well, keys: 'failed' }],
    ['has short keys only', () => (issuer.keys = [newKey('RS256', 'short', 1024)]), {}, { ...well, keys: 'failed' }],
    [
      'has short keys too',
      () => issuer.keys.push(newKey('RS256', 'short', 1024)),
      {},
      { ...well, 'keys-unused': 'warning' },
    ],
    ['signs with what is not allowed', () => undefined, { algorithms: ['ES256'] }, { ...well, keys: 'failed' }],
    [
      'has one kid twice',
      () => (issuer.keys = [newKey('RS256', 'x'), newKey('RS256', 'x')]),
      {},
      { ...well, 'kid-unique': 'failed' },
    ],
    ['has keys of another form', () => (issuer.jwksText = '[]'), {}, { ...well, keys: 'failed' }],
    [
      'is to be asked and does not say where',
      () => undefined,
      { introspection: { clientId: 'x', clientSecret: 'y' } },
      { ...well, introspection: 'failed' },
    ],
  ])('that %s', async (_, make, entry, expected) => {
    make();
    expect(await examined({ issuer: issuer.url, ...entry })).toEqual(expected);
  });
});

describe('the login of the console elsewhere', () => {
  let issuer: TestIssuer;
  beforeAll(async () => void (issuer = await TestIssuer.start('x')));
  afterEach(() => {
    issuer.behaviour = 'serve';
    issuer.metadata = {};
  });
  afterAll(() => issuer.close());

  const good = () => ({
    authorization_endpoint: `${issuer.url}/authorize`,
    token_endpoint: `${issuer.url}/token`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['plain', 'S256'],
  });
  const settings = (more: object = {}) => ({
    ...issuerSetting({ issuer: issuer.url, ...more }),
    EMBEDDED_ISSUER: 'off',
    LOGIN: 'off',
    CONSOLE_CLIENT_ID: 'ward-console',
  });
  const examined = async (metadata: object) => {
    issuer.metadata = { ...good(), ...metadata };
    return statuses(await doctor(settings()), 'console');
  };
  const well = { trusted: 'ok', discovery: 'ok', endpoints: 'ok', code: 'ok', pkce: 'ok', client: 'ok' };

  it('is well, and says what to register there', async () => {
    issuer.metadata = good();
    const findings = await doctor(settings());
    expect(statuses(findings, 'console')).toEqual(well);
    const { fact } = findings.find(({ key }) => key === 'console.client')!;
    for (const part of ['ward-console', `${publicUrl}/console/callback`, `from ${new URL(publicUrl).origin} (CORS)`])
      expect(fact).toContain(part);
  });

  it.each<[string, () => object, Readonly<Record<string, string>>]>([
    ['names no endpoints', () => ({ token_endpoint: undefined }), { endpoints: 'failed' }],
    ['has endpoints by ftp', () => ({ authorization_endpoint: 'ftp://x.example/' }), { endpoints: 'failed' }],
    ['knows the implicit flow alone', () => ({ response_types_supported: ['token'] }), { code: 'failed' }],
    ['gives codes to nobody', () => ({ grant_types_supported: ['client_credentials'] }), { code: 'failed' }],
    ['says nothing of codes', () => ({ response_types_supported: 'code' }), { code: 'skipped' }],
    ['has PKCE without S256', () => ({ code_challenge_methods_supported: ['plain'] }), { pkce: 'failed' }],
    ['says nothing of PKCE', () => ({ code_challenge_methods_supported: undefined }), { pkce: 'warning' }],
    ['calls itself something else', () => ({ issuer: 'https://other.example' }), { discovery: 'failed' }],
  ])('is found wrong where the issuer %s', async (_, metadata, expected) => {
    expect(await examined(metadata())).toEqual({ ...well, ...expected });
  });

  it('needs the metadata, also where the setting names the keys', async () => {
    const findings = await doctor({ ...settings({ issuer: 'https://127.0.0.1:1', jwksUri: `${issuer.url}/jwks` }) });
    expect(statuses(findings, 'issuer')).toMatchObject({ reachable: 'skipped', keys: 'ok' });
    expect(statuses(findings, 'console')).toEqual({ trusted: 'ok', discovery: 'failed', client: 'ok' });
  });

  it('is told of where there is none, and not where people log in here, or the console is off', async () => {
    const { CONSOLE_CLIENT_ID: _, ...none } = settings();
    expect((await doctor(none)).filter(({ group }) => group === 'console')).toEqual([
      expect.objectContaining({ status: 'ok', key: 'console.no-client' }),
    ]);
    expect(statuses(await doctor(), 'console')).toEqual({});
    expect(statuses(await doctor({ ...settings(), CONSOLE: 'off' }), 'console')).toEqual({});
  });
});

describe('a sample token', () => {
  const check = async (token: string) =>
    (await doctor(issuerSetting({ issuer: server.issuer.url }), { token })).filter(({ group }) => group === 'token');

  it('of this server passes every check', async () => {
    const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
    const { body } = await server.call('POST', 'login', { headers: { authorization } });
    const findings = await check(body.access_token);
    expect(wrong(findings)).toEqual([]);
    expect(findings.map(({ check: name }) => name)).toEqual(
      'form header kind issuer algorithm key signature audience time claims binding revocation scopes'.split(' '),
    );
    await server.call('POST', 'logout', {
      body: { refresh_token: body.refresh_token },
      headers: { 'content-type': 'application/json' },
    });
    expect(statuses(await check(body.access_token), 'token')).toMatchObject({ signature: 'ok', revocation: 'failed' });
  });

  it('has each failing check named, and what could not be looked at', async () => {
    const findings = await check(
      server.issuer.token({ aud: 'api://other', exp: 1, iat: 0, iss: 'https://other.example' }),
    );
    expect(statuses(findings, 'token')).toMatchObject({
      form: 'ok',
      issuer: 'failed',
      key: 'skipped',
      signature: 'skipped',
      audience: 'failed',
      time: 'failed',
    });
    expect(findings.find(({ check: name }) => name === 'audience')?.fact).toMatch(/^aud-mismatch: /);
    expect(findings.every(({ status, cure }) => (status === 'failed') === (cure !== undefined))).toBe(true);
  });

  it.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ['a forged token', { aud: 'api://other' }, { key: 'skipped', signature: 'skipped', audience: 'failed' }],
    ['what may be a good token', {}, { key: 'failed', signature: 'skipped', audience: 'ok' }],
  ])('does not vouch for %s while its issuer gives no keys', async (_, claims, expected) => {
    const issuer = await TestIssuer.start(`${publicUrl}/fhir/r4`);
    try {
      issuer.behaviour = 'fail';
      const token = issuer.token(claims, {}, newKey('RS256', issuer.key.kid));
      const setting = issuerSetting({ issuer: issuer.url, jwksUri: `${issuer.url}/jwks` });
      const findings = (await doctor(setting, { token })).filter(({ group }) => group === 'token');
      expect(statuses(findings, 'token')).toMatchObject({ ...expected, issuer: 'ok', revocation: 'skipped' });
      expect(findings.find(({ check: name }) => name === 'key')?.fact).toContain('cannot be had right now');
      expect(findings.find(({ check: name }) => name === 'signature')?.fact).toBe(
        'Not looked at: there is no key to check it with.',
      );
    } finally {
      await issuer.close();
    }
  });

  it('of another issuer is not said to be unrevoked', async () => {
    const findings = await check(server.issuer.token({ aud: `${publicUrl}/fhir/r4` }));
    expect(findings.find(({ check: name }) => name === 'revocation')).toMatchObject({
      status: 'skipped',
      fact: expect.stringContaining('of another issuer'),
    });
  });

  it('has its scopes told: which count, and which do not and why', async () => {
    const findings = await check(
      server.issuer.token({
        aud: `${publicUrl}/fhir/r4`,
        scope: 'user/Patient.rs system/*.rs openid',
        fhirUser: 'Practitioner/p1',
      }),
    );
    expect(findings.filter(({ check: name }) => name === 'scopes')).toMatchObject([
      { status: 'ok', fact: expect.stringContaining('user/Patient.rs') },
      { status: 'warning', fact: expect.stringContaining('system/*.rs does not count') },
    ]);
  });

  it.each([
    ['beside scopes for resources', 'user/*.rs admin/User.u', 'user/*.rs admin/User.u'],
    ['alone', 'admin/Policy.r', 'admin/Policy.r'],
  ])('has its rights to administer told %s', async (_, asked, counting) => {
    const findings = await check(await logIn(server, 'admin', adminPassword, asked));
    expect(findings.filter(({ check: name }) => name === 'scopes')).toEqual([
      expect.objectContaining({ status: 'ok', fact: `For the user admin these count: ${counting}.` }),
    ]);
  });

  it.each(['', 'no-jwt', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.'])('%j is explained', async (token) => {
    expect((await check(token)).some(({ status }) => status === 'failed')).toBe(true);
  });

  it('comes by the standard input', async () => {
    const { exitCode, output } = await lanyard(variables, ['doctor', '--token', '-'], 'no-jwt\n');
    expect(exitCode).toBe(1);
    expect(output).toContain('token-opaque-unsupported');
  });
});

describe('the database', () => {
  let empty: FreshDatabase;
  beforeAll(async () => void (empty = await freshDatabase('empty')));
  afterAll(() => empty.drop());

  it('that is empty stays empty', async () => {
    const findings = await doctor({ DATABASE_URL: empty.url, PUBLIC_URL: 'http://127.0.0.1:1' });
    expect(statuses(findings, 'database')).toMatchObject({ version: 'ok', migrations: 'warning' });
    expect(await query(empty, 'select count(*)::int as n from pg_tables where schemaname = current_schema()')).toEqual([
      { n: 0 },
    ]);
  });

  it('that is not there is told without its password', async () => {
    const findings = await doctor({ DATABASE_URL: 'postgres://ada:s3cret@127.0.0.1:1/clinic' });
    expect(statuses(findings, 'database')).toEqual({ reachable: 'failed' });
    expect(JSON.stringify(findings)).not.toContain('s3cret');
  });

  it('whose tables are closed to the user of the server', async () => {
    const role = `reader_${Date.now()}`;
    await query(server.database, `create role ${role} login; grant select on all tables in schema public to ${role}`);
    const url = new URL(server.database.url.replace('@/', '@localhost/'));
    url.username = role;
    const findings = await doctor({ DATABASE_URL: url.href.replace('@localhost/', '@/') });
    expect(statuses(findings, 'database')).toMatchObject({ rights: 'failed' });
    await query(server.database, `drop owned by ${role}; drop role ${role}`);
  });

  it('that does not run yet is no failure', async () => {
    const settings = new AppConfig({ DATA_DIR: '/nowhere/at/all', PUBLIC_URL: 'http://127.0.0.1:1' });
    const findings = await runDoctor(settings);
    expect(statuses(findings, 'database')).toEqual({ reachable: 'skipped' });
    expect(statuses(findings, 'settings')).toMatchObject({ disk: 'skipped', 'key-encryption': 'warning' });
  });
});

async function query({ connection }: FreshDatabase, statement: string): Promise<unknown[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query<object>(statement)).rows;
  } finally {
    await client.end();
  }
}
