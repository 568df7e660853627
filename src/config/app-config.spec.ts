import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { AppConfig } from './app-config.js';
import type { Variables } from './secrets/secret-files.js';
import { textOf } from './settings/setting.js';
import { settingsSchema } from './settings-schema.js';
import { WrongSettings } from './checks/wrong-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'lanyard-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The lines that stop the start. */
function refusals(variables: Variables): readonly string[] {
  try {
    expect(new AppConfig(variables)).toBeDefined();
    return [];
  } catch (error) {
    if (error instanceof WrongSettings) return error.lines;
    throw error;
  }
}

const database = 'postgres://lanyard:s3cret@db.example/lanyard';
const secure = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://fhir.example',
  DATABASE_URL: database,
  ADMIN_PASSWORD: 'correct horse',
  KEY_ENCRYPTION_SECRET: 'T3rOq8kzv1LwXb0m5GyNfJ7dKc2sHuAe',
};

describe('AppConfig without variables', () => {
  const config = new AppConfig({});

  it('listens on loopback only, since the database is the embedded one', () => {
    expect(config).toMatchObject({ host: '127.0.0.1', port: 3000, databaseUrl: undefined, login: true });
  });

  it('has the defaults of the documented contract', () => {
    expect(config).toMatchObject({
      publicUrl: 'http://localhost:3000',
      fhirBase: 'http://localhost:3000/fhir/r4',
      issuer: 'http://localhost:3000/oauth2',
      adminUser: 'admin',
      adminPassword: undefined,
      authBasic: false,
      trustedIssuers: [],
      embeddedIssuer: true,
      loginTokenTtl: 3600,
      loginRefreshTtl: 43_200,
      clockSkew: 60,
      referentialIntegrity: false,
      searchCountDefault: 20,
      searchCountMax: 1000,
      searchValues: 10_000,
      chainDepth: 8,
      includeMax: 1000,
      bodyLimit: 16_777_216,
      bundleLimit: 268_435_456,
      binaryLimit: 1024 ** 3,
      bundleEntries: 20_000,
      depthLimit: 100,
      requestTimeout: 60,
      statementTimeout: 60,
      validation: 'strict',
      corsOrigins: [],
      trustedProxies: [],
      logLevel: 'info',
      production: false,
      allowInsecure: [],
      warnings: [],
    });
  });
});

describe('AppConfig', () => {
  it('listens everywhere and keeps /login off with a DATABASE_URL, unless told otherwise', () => {
    expect(new AppConfig({ DATABASE_URL: database })).toMatchObject({ host: '0.0.0.0', login: false });
    expect(new AppConfig({ DATABASE_URL: database, LOGIN: 'on', HOST: '::1' })).toMatchObject({
      host: '::1',
      login: true,
    });
  });

  it('derives the FHIR base and the issuer from a PUBLIC_URL with a path', () => {
    expect(new AppConfig({ PUBLIC_URL: 'https://host.example/clinic/' })).toMatchObject({
      publicUrl: 'https://host.example/clinic',
      fhirBase: 'https://host.example/clinic/fhir/r4',
      issuer: 'https://host.example/clinic/oauth2',
    });
  });

  it('takes an empty variable for an absent one', () => {
    expect(new AppConfig({ PORT: '', DATABASE_URL: '', ADMIN_PASSWORD: '' })).toMatchObject({
      port: 3000,
      login: true,
    });
  });

  it('reads lists, sizes and folders', () => {
    const config = new AppConfig({
      TRUSTED_PROXIES: '10.0.0.5, 10.1.0.0/16,::1',
      CORS_ORIGINS: 'https://a.example,http://localhost:8080',
      BODY_LIMIT: '512kb',
      BUNDLE_LIMIT: '1GB',
      DATA_DIR: 'somewhere',
    });
    expect(config.trustedProxies).toEqual(['10.0.0.5', '10.1.0.0/16', '::1']);
    expect(config.corsOrigins).toEqual(['https://a.example', 'http://localhost:8080']);
    expect(config).toMatchObject({ bodyLimit: 524_288, bundleLimit: 1_073_741_824, dataDir: resolve('somewhere') });
  });

  it('reads the limits of requests; only that of statements can be none', () => {
    const limits = {
      BUNDLE_ENTRIES: '5',
      DEPTH_LIMIT: '10',
      VALUES_LIMIT: '1000',
      BODY_MEMORY: '8mb',
      REQUEST_TIMEOUT: '3600',
      STATEMENT_TIMEOUT: '0',
    };
    expect(new AppConfig(limits)).toMatchObject({
      bundleEntries: 5,
      depthLimit: 10,
      valuesLimit: 1000,
      bodyMemory: 8_388_608,
      requestTimeout: 3600,
      statementTimeout: 0,
    });
  });

  it('keeps references whole when it is told to', () => {
    expect(new AppConfig({ REFERENTIAL_INTEGRITY: 'on' }).referentialIntegrity).toBe(true);
  });

  it('reads each secret from a file too, without its last line break', () => {
    const path = file('password', 'correct horse\n');
    expect(new AppConfig({ ADMIN_PASSWORD_FILE: path }).adminPassword).toBe('correct horse');
    expect(new AppConfig({ DATABASE_URL_FILE: file('url', database) }).databaseUrl).toBe(database);
  });

  it('refuses a secret file that is missing, empty or beside the secret itself', () => {
    expect(refusals({ CURSOR_SECRET_FILE: '/nowhere/x' })).toEqual([
      'CURSOR_SECRET_FILE: cannot read /nowhere/x (ENOENT). Example: CURSOR_SECRET_FILE=/run/secrets/cursor-secret',
    ]);
    expect(refusals({ ADMIN_PASSWORD_FILE: file('empty', '\n') })[0]).toContain('is empty');
    const both = { ADMIN_PASSWORD: 'one', ADMIN_PASSWORD_FILE: file('two', 'two') };
    expect(refusals(both)[0]).toContain('ADMIN_PASSWORD_FILE: ADMIN_PASSWORD is set as well');
  });

  it('says in one line which variable is wrong, how, and what would be right', () => {
    expect(refusals({ PORT: '80a' })).toEqual([
      'PORT: must be a whole number from 0 to 65535 (it is "80a"). Example: PORT=3000',
    ]);
  });

  it('names every wrong variable at once', () => {
    const lines = refusals({ PORT: '99999', LOGIN: 'yes', PUBLIC_URL: 'ftp://x', BODY_LIMIT: 'big', NODE_ENV: 'prod' });
    expect(lines.map((line) => line.split(':')[0])).toEqual(['PORT', 'PUBLIC_URL', 'LOGIN', 'BODY_LIMIT', 'NODE_ENV']);
  });

  it.each([
    ['HOST', 'a b'],
    ['PUBLIC_URL', 'https://fhir.example/?x=1'],
    ['PUBLIC_URL', 'fhir.example'],
    ['PUBLIC_URL', 'https://user:pw@fhir.example'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', 'proxy.example'],
    ['DATABASE_URL', 'mysql://db/x'],
    ['DATABASE_URL', 'postgres://db.example'],
    ['ADMIN_USER', 'a:b'],
    ['CLOCK_SKEW', '-1'],
    ['TIME_ZONE', 'Mars/Olympus'],
    ['TIME_ZONE', '+01:00'],
    ['REFERENTIAL_INTEGRITY', 'yes'],
    ['SEARCH_COUNT_MAX', '0'],
    ['SEARCH_VALUES', '10'],
    ['LOGIN_TOKEN_TTL', '1h'],
    ['BUNDLE_LIMIT', '0mb'],
    ['BINARY_LIMIT', 'much'],
    ['BUNDLE_ENTRIES', '0'],
    ['DEPTH_LIMIT', '9'],
    ['DEPTH_LIMIT', '101'],
    ['VALUES_LIMIT', '999'],
    ['BODY_MEMORY', 'much'],
    ['RESPONSE_LIMIT', '0'],
    ['REQUEST_TIMEOUT', '0'],
    ['STATEMENT_TIMEOUT', '1s'],
    ['CALLER_SHARE', '0'],
    ['CALLER_SHARE', '1.5'],
    ['CALLER_SHARE', '50%'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['KEY_ENCRYPTION_SECRET', 'short'],
    ['LOG_LEVEL', 'loud'],
    ['ALLOW_INSECURE', 'everything'],
  ])('refuses %s=%s', (name, value) => {
    const [line, ...others] = refusals({ [name]: value });
    expect(others).toEqual([]);
    expect(line).toMatch(new RegExp(`^${name}: .*Example: ${name}=`));
  });

  it('never shows a secret', () => {
    const lines = refusals({
      DATABASE_URL: 'mysql://ada:s3cret@db/x',
      DATABASE_REPLICA_URLS: 'postgres://ada:s3cret@db',
      KEY_ENCRYPTION_SECRET: 's3cret',
      CURSOR_SECRET: 's3cret',
    });
    expect(lines).toHaveLength(4);
    expect(lines.join()).not.toContain('s3cret');
  });

  it('refuses settings that contradict each other', () => {
    expect(refusals({ SEARCH_COUNT_DEFAULT: '2000' })[0]).toContain('larger than SEARCH_COUNT_MAX');
    expect(refusals({ EMBEDDED_ISSUER: 'off', AUTH_BASIC: 'on' })[0]).toMatch(/^EMBEDDED_ISSUER: /);
    expect(refusals({ DATABASE_REPLICA_URLS: database })[0]).toContain('needs a DATABASE_URL');
    const own = '[{"issuer":"https://fhir.example/oauth2"}]';
    expect(refusals({ PUBLIC_URL: 'https://fhir.example', TRUSTED_ISSUERS: own })[0]).toContain('this server itself');
  });

  it('refuses a login of the console whose tokens would not count, or that lacks a part', () => {
    const [TRUSTED_ISSUERS, CONSOLE_CLIENT_ID] = ['[{"issuer":"https://idp.example"}]', 'console'];
    const elsewhere = { CONSOLE_ISSUER: 'https://other.example', CONSOLE_CLIENT_ID, TRUSTED_ISSUERS };
    expect(refusals(elsewhere)[0]).toContain('CONSOLE_ISSUER: is no issuer of TRUSTED_ISSUERS');
    expect(refusals({ CONSOLE_ISSUER: 'https://idp.example', TRUSTED_ISSUERS })[0]).toContain('needs the client id');
    expect(refusals({ CONSOLE_CLIENT_ID, TRUSTED_ISSUERS })[0]).toContain('say which');
    const off = { EMBEDDED_ISSUER: 'off', LOGIN: 'off' };
    expect(refusals({ ...off, CONSOLE_CLIENT_ID })[0]).toContain('needs an authorization server');
    expect(refusals({ ...off, CONSOLE_SCOPES: 'openid' })[0]).toContain('needs CONSOLE_CLIENT_ID');
    expect(refusals({ ...off, CONSOLE_CLIENT_ID, CONSOLE_SCOPES: 'openid  x', TRUSTED_ISSUERS })[0]).toContain(
      'one space',
    );
    expect(refusals({ ...off, CONSOLE_CLIENT_ID, TRUSTED_ISSUERS })).toEqual([]);
  });

  it('warns of a misspelled setting, and of nothing else', () => {
    const { warnings } = new AppConfig({
      PUBLIC_URI: 'x',
      HOME: '/',
      HOSTNAME: 'x',
      PATH: '/bin',
    });
    expect(warnings).toEqual(['PUBLIC_URI has no effect. Was PUBLIC_URL meant?']);
  });

  it('either accepts or explains any value of any setting, in single lines', () => {
    const names = Object.keys(settingsSchema.shape);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ unit: 'grapheme' }), (name, value) => {
        for (const line of refusals({ [name]: value })) expect(line).toMatch(/^[A-Z_]+: [^\n]* Example: [^\n]*$/);
      }),
    );
  });

  it('shows only examples that are right', () => {
    for (const name of [
      'PORT',
      'PUBLIC_URL',
      'TRUSTED_PROXIES',
      'DATABASE_URL',
      'CORS_ORIGINS',
      'BODY_LIMIT',
      'BINARY_LIMIT',
      'BUNDLE_ENTRIES',
      'DEPTH_LIMIT',
      'VALUES_LIMIT',
      'BODY_MEMORY',
      'RESPONSE_LIMIT',
      'REQUEST_TIMEOUT',
      'STATEMENT_TIMEOUT',
      'REFERENTIAL_INTEGRITY',
    ] as const)
      expect(refusals({ [name]: textOf(settingsSchema.shape[name]).example })).toEqual([]);
  });
});

describe('the standbys', () => {
  const standbys = async (variables: Variables) => {
    const { process } = new AppConfig({ DATABASE_URL: 'postgres://lanyard@db/lanyard', ...variables });
    return Promise.all(process.standbys.map(async ({ url, password }) => [url, await password?.()]));
  };
  const [one, two] = ['postgres://lanyard@one/lanyard', 'postgresql://lanyard:a,b%2Fc@two:5433/lanyard'];

  it('are separated by commas, spaces or lines', async () => {
    expect(await standbys({})).toEqual([]);
    for (const separator of [',', ', ', ' ', '\n', ',\n'])
      expect(await standbys({ DATABASE_REPLICA_URLS: `${one}${separator}${two}\n` })).toEqual([
        [one, undefined],
        [two, undefined],
      ]);
  });

  it('take the password of the database where they have none', async () => {
    const shared = { DATABASE_PASSWORD: 'shared', DATABASE_REPLICA_URLS: `${one},${two}` };
    expect(await standbys(shared)).toEqual([
      [one, 'shared'],
      [two, undefined],
    ]);
  });

  it('have their passwords read anew from the file they came in', async () => {
    const path = file('replica-urls', `${two}\n${one}\n`);
    const { process } = new AppConfig({ DATABASE_URL: database, DATABASE_REPLICA_URLS_FILE: path });
    const [first, second] = process.standbys;
    expect(await first?.password?.()).toBe('a,b/c');
    expect(second?.password).toBeUndefined();
    writeFileSync(path, `${two.replace('a,b', 'new')}\n${one}\n`);
    expect(await first?.password?.()).toBe('new/c');
  });
});

describe('AppConfig in production', () => {
  it('starts when everything is secure', () => {
    expect(new AppConfig(secure)).toMatchObject({ production: true, login: false });
  });

  it('gives a reason for each insecure setting', () => {
    const lines = refusals({ NODE_ENV: 'production' });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'PUBLIC_URL',
      'DATABASE_URL',
      'ADMIN_PASSWORD',
      'KEY_ENCRYPTION_SECRET',
    ]);
  });

  it('accepts what ALLOW_INSECURE names, and only that', () => {
    const insecure = { NODE_ENV: 'production', ALLOW_INSECURE: 'http, embedded-database' };
    expect(refusals(insecure).map((line) => line.split(':')[0])).toEqual(['ADMIN_PASSWORD', 'KEY_ENCRYPTION_SECRET']);
  });

  it.each([
    ['ADMIN_PASSWORD', 'changeme'],
    ['ADMIN_PASSWORD', 'Password123!'],
    ['KEY_ENCRYPTION_SECRET', '0123456789abcdef0123456789abcdef'],
    ['KEY_ENCRYPTION_SECRET', 'changeme-changeme\nT3rOq8kzv1LwXb0m5GyNfJ7dKc2sHuAe'],
    ['CURSOR_SECRET', 'aaaaaaaaaaaaaaaaaaaa'],
  ])('refuses %s=%j, which is easy to guess, without telling it', (name, value) => {
    const [line = '', ...others] = refusals({ ...secure, [name]: value });
    expect(others).toEqual([]);
    expect(line).toMatch(new RegExp(`^${name}: is easy to guess, .*Example: .*ALLOW_INSECURE=weak-secrets accepts`));
    for (const part of value.split('\n')) expect(line).not.toContain(part);
    expect(refusals({ ...secure, [name]: value, ALLOW_INSECURE: 'weak-secrets' })).toEqual([]);
    expect(refusals({ ...secure, [name]: value, NODE_ENV: 'development' })).toEqual([]);
  });

  it('lets an old secret that is easy to guess open what it sealed', () => {
    const lines = `${secure.KEY_ENCRYPTION_SECRET}\nchangeme-changeme`;
    expect(refusals({ ...secure, KEY_ENCRYPTION_SECRET: lines })).toEqual([]);
  });

  it('needs neither password nor key secret without the embedded issuer', () => {
    const { ADMIN_PASSWORD: _, KEY_ENCRYPTION_SECRET: __, ...rest } = secure;
    expect(refusals({ ...rest, EMBEDDED_ISSUER: 'off' })).toEqual([]);
  });
});
