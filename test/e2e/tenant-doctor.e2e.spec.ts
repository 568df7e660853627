// What administrators of a tenant see of its server: its settings, and what is wrong with it; nothing of the machine, the operator or another tenant
// (docs/adr/0194)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { TestIssuer } from '../support/issuer.js';
import { startTenants, type TenantAnswer, type TenantsServer, type TestTenant, until } from '../support/tenants.js';

interface Finding {
  readonly group: string;
  readonly check: string;
  readonly status: string;
  readonly fact: string;
  readonly cure?: string;
}
interface Setting {
  readonly name: string;
  readonly isSet: boolean;
  readonly isSecret: boolean;
  readonly isOwn?: boolean;
  readonly value?: string;
}

const cursorSecret = 'a secret for cursors of enough letters';
let server: TenantsServer;
let [north, south]: TestTenant[] = [];
let [issuer, operatorsLogin]: TestIssuer[] = [];
const tokens = new Map<TestTenant, string>();

beforeAll(async () => {
  operatorsLogin = await TestIssuer.start('https://fhir.example/fhir/r4');
  const provider = { id: 'corp', name: 'Corp', issuer: operatorsLogin.url, clientId: 'a', clientSecret: 'the-secret' };
  server = await startTenants({
    LOGIN_PROVIDERS: JSON.stringify([provider]),
    ORGANISATION_NAME: 'The operator',
    SEARCH_COUNT_MAX: '50',
    CURSOR_SECRET: cursorSecret,
  });
  [north, south] = await server.createAll(['north', 'south']);
  issuer = await TestIssuer.start(north!.fhirBase);
  for (const tenant of [north!, south!]) tokens.set(tenant, (await tenant.logIn()).access_token);
});
afterAll(async () => {
  await server.close();
  await issuer?.close();
  await operatorsLogin?.close();
});

const variables = () => ({
  DATABASE_URL: server.database.url,
  PUBLIC_URL: server.url,
  TENANTS: 'path',
  LOGIN: 'on',
});
async function set(tenant: TestTenant, setting: string): Promise<void> {
  const { exitCode, remarks } = await lanyard(variables(), ['tenant', 'settings', tenant.name, '--set', setting]);
  expect([exitCode, remarks]).toEqual([0, expect.stringContaining('within 5 seconds')]);
}
const ask = async (tenant: TestTenant, path: string): Promise<TenantAnswer> => {
  const answer = await tenant.call('GET', path, { token: tokens.get(tenant)! });
  expect([answer.status, answer.headers.get('cache-control')], answer.text).toEqual([200, 'no-store']);
  return answer;
};
const settingsOf = async (tenant: TestTenant): Promise<readonly Setting[]> =>
  (await ask(tenant, '/admin/settings')).body.settings;
const findingsOf = async (tenant: TestTenant): Promise<readonly Finding[]> =>
  (await ask(tenant, '/admin/doctor')).body.findings;

/** What is said of the operator, the machine or the other tenant, and has no place at `north`. */
const ofOthers = () => [
  'The operator',
  cursorSecret,
  'the-secret',
  operatorsLogin!.url,
  server.database.url,
  south!.name,
  south!.issuer,
];
const told = (text: string): readonly string[] => ofOthers().filter((part) => text.includes(part));

describe('settings at a tenant', () => {
  it('are those that it may have of its own, and what of each counts there', async () => {
    await set(north!, 'ORGANISATION_NAME=Northern Hospital');
    const one = async (name: string, tenant = north!) => (await settingsOf(tenant)).find((each) => each.name === name);
    await until(async () => (await one('ORGANISATION_NAME'))?.value === 'Northern Hospital');
    expect(await settingsOf(north!)).toHaveLength(29);
    expect(await one('ORGANISATION_NAME')).toMatchObject({ isSet: true, isOwn: true });
    expect(await one('SEARCH_COUNT_MAX')).toMatchObject({ value: '50', isSet: true, isOwn: false });
    expect(await one('ORGANISATION_NAME', south)).toMatchObject({ isSet: false, isOwn: false });
    // What is said of the operator's people does not count here.
    expect(await one('LOGIN_PROVIDERS')).toMatchObject({ isSecret: true, isSet: false, isOwn: false });
    for (const name of ['DATABASE_URL', 'CURSOR_SECRET', 'PUBLIC_URL']) expect(await one(name)).toBeUndefined();
    expect(told((await ask(north!, '/admin/settings')).text)).toEqual([]);
  });

  it('are all of the process for its operator', async () => {
    const { body } = await server.own.call('GET', '/admin/settings', { token: server.operator });
    const own: readonly Setting[] = body.settings;
    expect(own.find(({ name }) => name === 'ORGANISATION_NAME')).toMatchObject({ value: 'The operator' });
    expect(own.filter(({ isOwn }) => isOwn !== undefined)).toEqual([]);
    expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['DATABASE_URL', 'TENANTS']));
  });
});

describe('the doctor of a tenant', () => {
  it('looks at its issuers, its address and its people', async () => {
    await set(south!, `TRUSTED_ISSUERS=${JSON.stringify([{ issuer: 'http://127.0.0.1:9' }])}`);
    await set(north!, `TRUSTED_ISSUERS=${JSON.stringify([{ issuer: issuer!.url }])}`);
    const group = `issuer ${issuer!.url}`;
    await until(async () => (await findingsOf(north!)).some((one) => one.group === group));
    const findings = await findingsOf(north!);
    expect(new Set(findings.map((one) => one.group))).toEqual(
      new Set(['settings', 'administration', 'public address', group]),
    );
    expect(findings.find(({ check }) => check === 'audience')?.fact).toContain(north!.fhirBase);
    expect(findings.find(({ check }) => check === 'managers')).toMatchObject({ status: 'ok' });
    expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(findings.find(({ check }) => check === 'metadata')?.fact).toContain(`${north!.fhirBase} answers`);
    const text = JSON.stringify(findings);
    expect([told(text), text.includes('127.0.0.1:9')]).toEqual([[], false]);
  });

  it('says what is wrong, in the language of the reader, and how it is cured', async () => {
    let failed: readonly Finding[] = [];
    await until(async () => {
      failed = (await findingsOf(south!)).filter(({ status }) => status === 'failed');
      return failed.length > 0;
    });
    expect(failed.map(({ group, cure }) => [group, Boolean(cure)])).toEqual([['issuer http://127.0.0.1:9', true]]);
    const german = await south!.call('GET', '/admin/doctor', {
      token: tokens.get(south!)!,
      headers: { 'accept-language': 'de' },
    });
    expect(german.headers.get('content-language')).toBe('de');
    expect(german.body.findings.find(({ check }: Finding) => check === 'managers').fact).toContain('Konto');
  });

  it('names its accounts for which Consents do not count, and no other tenant does', async () => {
    const command = async (...words: string[]): Promise<void> => {
      const { exitCode, remarks } = await lanyard(variables(), ['--tenant', 'south', 'user', ...words]);
      expect([exitCode, remarks]).toEqual([0, expect.any(String)]);
    };
    await command('add', 'loader', '--grants', 'user/*.rs', '--consent-exempt');
    await command('add', 'gone', '--grants', 'user/*.rs', '--consent-exempt');
    await command('disable', 'gone');
    await command('add', 'plain', '--grants', 'user/*.rs');
    const consents = async (tenant: TestTenant): Promise<readonly string[]> =>
      (await findingsOf(tenant)).filter(({ check }) => check === 'consents').map(({ fact }) => fact);
    await until(async () => (await consents(south!)).length === 2);
    expect(await consents(south!)).toEqual([
      'Consents do not count at all for loader.',
      'While Consents deny something, ids are chosen by admin.',
    ]);
    expect(await consents(north!)).toEqual(['While Consents deny something, ids are chosen by admin.']);
  });

  it('is for who may see the work of the server, with a token of this tenant', async () => {
    const body = { name: 'auditor', password: 'long enough', grants: 'admin/Audit.r' };
    const made = await north!.call('POST', '/oauth2/users', { token: tokens.get(north!)!, body });
    expect(made.status, made.text).toBe(201);
    const auditor = (await north!.logIn('auditor', 'long enough')).access_token;
    for (const path of ['/admin/doctor', '/admin/settings']) {
      const statusOf = async (token?: string) => (await north!.call('GET', path, token ? { token } : {})).status;
      expect([await statusOf(), await statusOf(auditor)]).toEqual([401, 403]);
      expect([await statusOf(tokens.get(south!)), await statusOf(server.operator)]).toEqual([401, 401]);
    }
  });

  it('looks at no server by its address: that is of the process', async () => {
    const token = tokens.get(north!)!;
    for (const [path, body] of [
      ['issuer', { issuer: issuer!.url }],
      ['fhir-server', { base: north!.fhirBase }],
    ] as const)
      expect((await north!.call('POST', `/admin/doctor/${path}`, { token, body })).status).toBe(404);
  });
});
