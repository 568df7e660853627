// What operators see of a server: settings without secrets, metrics, the chain of the audit trail (docs/adr/0083)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../support/connection.js';
import { freePort } from '../support/free-port.js';
import { startTenants, type TenantsServer, type TestTenant, until } from '../support/tenants.js';

const secret = 'T3rOq8kzv1LwXb0m5GyNfJ7dKc2sHuAe';
const addresses = [
  ['GET', '/admin/settings', 'admin/Job.r'],
  ['GET', '/admin/metrics', 'admin/Job.r'],
  ['GET', '/admin/replicas', 'admin/Job.r'],
  ['POST', '/admin/audit-chain', 'admin/Audit.r'],
] as const;

let server: TenantsServer;
let north: TestTenant;
let metricsUrl: string;
beforeAll(async () => {
  const port = String(await freePort());
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  server = await startTenants({
    METRICS_PORT: port,
    METRICS_TENANTS: '1',
    CURSOR_SECRET: secret,
    CORS_ORIGINS: 'https://app.example',
  });
  north = await server.create('north');
});
afterAll(() => server?.close());

const asOperator = (method: string, path: string) => server.own.call(method, path, { token: server.operator });

async function tokenWith(grants: string): Promise<string> {
  const name = `user-${grants.replace(/\W+/g, '-').toLowerCase()}`;
  const body = { name, grants, password: 'long enough' };
  const made = await server.own.call('POST', '/oauth2/users', { token: server.operator, body });
  if (made.status !== 201) throw new Error(made.text);
  return (await server.own.logIn(name, 'long enough')).access_token;
}

describe('settings, metrics and the chain', () => {
  it('are 401 without a token, and 403 with every scope for resources', async () => {
    const token = await tokenWith('user/*.cruds user/AuditEvent.rs admin/Definition.cruds');
    for (const [method, path, right] of addresses) {
      expect([path, (await server.own.call(method, path)).status]).toEqual([path, 401]);
      const refused = await server.own.call(method, path, { token });
      expect([path, refused.status, refused.text.includes(right)]).toEqual([path, 403, true]);
    }
  });

  it('are each for who has its right', async () => {
    const watcher = await tokenWith('admin/Job.r');
    const auditor = await tokenWith('admin/Audit.r');
    for (const [method, path, right] of addresses) {
      const [fit, unfit] = right === 'admin/Job.r' ? [watcher, auditor] : [auditor, watcher];
      expect([path, (await server.own.call(method, path, { token: fit })).status]).toEqual([path, 200]);
      expect([path, (await server.own.call(method, path, { token: unfit })).status]).toEqual([path, 403]);
    }
  });

  it('are of the process, not of a tenant, but for its settings and its own chain', async () => {
    const { access_token: token } = await north.logIn();
    expect((await north.call('GET', '/admin/metrics', { token })).status).toBe(404);
    expect((await north.call('GET', '/admin/replicas', { token })).status).toBe(404);
    const { body } = await north.call('GET', '/admin/settings', { token });
    expect(body.settings.map(({ name }: { readonly name: string }) => name)).not.toContain('DATABASE_URL');
    const chain = await north.call('POST', '/admin/audit-chain', { token });
    expect(chain.status).toBe(200);
    const ends = async (): Promise<readonly string[]> => {
      const theirs = await north.call('POST', '/admin/audit-chain', { token });
      return [theirs.body.end, (await asOperator('POST', '/admin/audit-chain')).body.end];
    };
    // What was asked is sealed a moment later.
    await until(async () => !(await ends()).includes('0:'));
    const [theirs, own] = await ends();
    expect(theirs).not.toBe(own);
  });
});

describe('settings', () => {
  it('are told without any secret', async () => {
    const { body, text } = await asOperator('GET', '/admin/settings');
    const of = (name: string) => body.settings.find((setting: { name: string }) => setting.name === name);
    expect(of('CURSOR_SECRET')).toEqual({ name: 'CURSOR_SECRET', task: 'Secrets', isSet: true, isSecret: true });
    expect(of('DATABASE_URL')).toMatchObject({ isSet: true, isSecret: true });
    expect(of('CORS_ORIGINS')).toMatchObject({ isSet: true, isSecret: false, value: 'https://app.example' });
    expect(of('CLOCK_SKEW')).toMatchObject({ isSet: false, value: '60' });
    expect(text).not.toContain(secret);
    expect(text).not.toContain('postgres:');
  });
});

describe('metrics', () => {
  it('are those that Prometheus reads', async () => {
    const { text, headers } = await asOperator('GET', '/admin/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^lanyard_requests_total\{.*\} \d+$/m);
  });

  it('name the busiest tenants, and no others, where only the operator reads them', async () => {
    const none = await server.create('quiet-hospital');
    await none.call('GET', '/health/ready');
    for (let i = 0; i < 200; i++) await north.call('GET', '/fhir/r4/metadata');
    await north.call('GET', '/t/no-such-tenant/fhir/r4/metadata');
    const told = await (await fetch(metricsUrl)).text();
    expect(told.match(/^lanyard_tenant_requests\{.*/gm)).toEqual([
      expect.stringMatching(/^lanyard_tenant_requests\{tenant="north"\} 2\d\d$/),
    ]);
    const { text } = await asOperator('GET', '/admin/metrics');
    expect(text).not.toMatch(/lanyard_tenant|north/);
  });
});

describe('replicas', () => {
  it('are told to the operator, with nothing of the database', async () => {
    const { body, text } = await asOperator('GET', '/admin/replicas');
    expect(body.replicas).toEqual([expect.objectContaining({ pid: process.pid, answers: true, state: 'ok' })]);
    expect(text).not.toMatch(/tenant|postgres/i);
  });
});

describe('the chain', () => {
  it('is whole, until somebody changes an AuditEvent', async () => {
    await until(async () => {
      const { body } = await asOperator('POST', '/admin/audit-chain');
      expect(body.fault).toBeUndefined();
      return body.checked > 0;
    });
    const { body } = await asOperator('POST', '/admin/audit-chain');
    expect(body).toMatchObject({ erased: 0, end: expect.stringMatching(/^\d+:[0-9a-f]{64}$/) });
    await rowsOf(
      server.database.connection,
      `UPDATE audit_head SET text = replace(text, '"outcome":"0"', '"outcome":"4"') WHERE tenant = 1`,
    );
    expect((await asOperator('POST', '/admin/audit-chain')).body.fault).toContain('is not what was sealed');
  });
});
