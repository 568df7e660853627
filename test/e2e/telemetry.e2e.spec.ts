// Issue 7: the log and the metrics of a server in production say what happened, and nothing of patients or secrets
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { processPassword, ServerProcess } from '../support/server-process.js';

let database: FreshDatabase;
let server: ServerProcess;
let metricsUrl: string;
let tokens: { readonly access: string; readonly refresh: string };

beforeAll(async () => {
  database = await freshDatabase();
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  server = await ServerProcess.start(database, {
    NODE_ENV: 'production',
    ALLOW_INSECURE: 'http,plain-keys',
    LOG_LEVEL: 'trace',
    METRICS_PORT: String(port),
    AUTH_BASIC: 'on',
    SHUTDOWN_DELAY: '0',
  });
  tokens = await server.logIn();
  await sessionFullOfSecrets();
});
afterAll(async () => {
  await server.kill();
  await database.drop();
});

const secrets = {
  family: 'Zanzibarowski',
  identifier: 'mrn-918273645',
  id: 'resource-id-5544332211',
  cookie: 'cookie-value-778899',
  password: 'wrong-password-zzz1',
  opaque: 'opaque-token-value-424242',
  header: 'header-value-31337',
};
const { family, identifier, id } = secrets;

async function sessionFullOfSecrets(): Promise<void> {
  const patient = { resourceType: 'Patient', id, name: [{ family }], identifier: [{ value: identifier }] };
  const { access } = tokens;
  await server.call('PUT', `Patient/${id}`, access, patient);
  await server.call('GET', `Patient/${id}`, access);
  await server.call('GET', `Patient?name=${family}&identifier=${identifier}`, access);
  await server.call('GET', `Patient?unknown-${family}=${family}`, access);
  await server.call('GET', `Patient/${id}/Observation?code=${identifier}`, access);
  await server.call('POST', 'Patient', access, { resourceType: 'Patient', nonsense: family });
  await server.call('GET', `Patients/${family}`, access);
  await server.call('GET', `$no-${family}`, access);
  await server.call('GET', `Patient?access_token=${access}`);
  for (const token of [secrets.opaque, `${access.slice(0, -4)}AAAA`, `eyJ${family}.e30.x`]) {
    await server.call('GET', `Patient/${id}`, token);
  }
  const raw = (path: string, headers: Record<string, string>, body = ''): Promise<void> =>
    new Promise((resolve, reject) => {
      request(`${server.origin}${path}`, { method: body === '' ? 'GET' : 'POST', headers }, (response) => {
        response.resume().once('end', resolve);
      })
        .once('error', reject)
        .end(body);
    });
  const form = 'application/x-www-form-urlencoded';
  const basic = (password: string): string => `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const bearer = { authorization: `Bearer ${access}` };
  await raw('/fhir/r4/Patient/_search', { ...bearer, 'content-type': form }, `name=${family}`);
  await raw('/fhir/r4/Patient', { ...bearer, 'content-type': 'application/fhir+json' }, `{"family": ${family}`);
  await raw('/fhir/r4/Patient', { authorization: basic(secrets.password) });
  await raw(
    '/fhir/r4/login',
    { 'content-type': 'application/json' },
    `{"user":"${family}","password":"${secrets.password}"}`,
  );
  await raw('/fhir/r4/refresh', { 'content-type': 'application/json' }, `{"refresh_token":"${secrets.opaque}"}`);
  await raw('/oauth2/token', { 'content-type': form }, `grant_type=authorization_code&code=${secrets.opaque}`);
  await raw(`/oauth2/authorize?client_id=${family}&state=${identifier}`, {});
  await raw(`/${family}/${identifier}?x=${id}`, { cookie: secrets.cookie, 'x-secret': secrets.header });
  await raw(`/fhir/r4/%zz${family}`, { ...bearer, referer: secrets.header });
}

const lines = async (count: number): Promise<readonly Record<string, unknown>[]> =>
  vi.waitFor(
    () => {
      const all = server.said
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(all.filter(({ route }) => route !== undefined).length).toBeGreaterThan(count);
      return all;
    },
    { timeout: 20_000 },
  );

describe('the log', () => {
  it('is JSON, line by line, with request id, route, status, duration, client and reasons', async () => {
    const all = await lines(15);
    const read = all.find(({ route, status }) => route === '/fhir/r4/Patient/:id' && status === 200)!;
    expect(read).toMatchObject({ level: 'info', method: 'GET', interaction: 'read', type: 'Patient' });
    expect(read['clientId']).toBe('lanyard-login');
    expect(read['requestId']).toMatch(/^[\w-]{36}$/);
    expect(read['durationMs']).toBeGreaterThan(0);
    expect(all.find(({ status, reasons }) => status === 401 && reasons !== undefined)?.['reasons']).toEqual([
      'token-in-query',
    ]);
    expect(all.find(({ message }) => String(message).includes('listens on'))).toBeDefined();
  });

  it('has no token, password, identifier, name, id, query or header in any form', async () => {
    await lines(15);
    const { access, refresh } = tokens;
    const text = server.said;
    const signature = access.split('.')[2]!;
    for (const secret of [...Object.values(secrets), access, signature, refresh, processPassword]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('base64'));
    }
    expect(text).not.toMatch(/eyJ|Bearer |Basic |name=|"url"/);
  });
});

describe('the metrics', () => {
  const metrics = async (): Promise<string> => (await fetch(metricsUrl)).text();

  it('count by interaction, type and status; what R4 does not know is one label', async () => {
    const text = await metrics();
    expect(text).toMatch(/^lanyard_requests_total\{interaction="read",type="Patient",status="200"\} 1$/m);
    expect(text).toMatch(/^lanyard_requests_total\{interaction="read",type="other",status="404"\} 1$/m);
    expect(text).toMatch(/^lanyard_request_duration_seconds_count\{interaction="update",type="Patient"\} 1$/m);
    expect(text).toMatch(/^lanyard_refusals_total\{reason="token-in-query"\} 1$/m);
    expect(text).toMatch(/^lanyard_token_lookups_total\{result="hit"\} [1-9]/m);
    for (const name of ['pool_in_use', 'pool_waiting', 'body_bytes', 'index_jobs', 'audit_late_seconds'])
      expect(text).toMatch(new RegExp(`^lanyard_${name} `, 'm'));
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(text).toMatch(/^process_resident_memory_bytes /m);
  });

  it('have no more labels however many types and addresses strangers make up', async () => {
    // Node's own become more with the first garbage of a kind that is collected.
    const count = async (): Promise<number> => (await metrics()).match(/^lanyard_/gm)!.length;
    const before = await count();
    for (let n = 0; n < 20; n++) {
      await server.call('GET', `Made${'abcdefghijklmnopqrst'[n]}/x`, tokens.access);
      await server.call('GET', `Observation/${n}`);
      await fetch(`${server.origin}/made-up-${n}`).then((answer) => answer.text());
    }
    expect(await count()).toBeLessThan(before + 5);
    expect(await metrics()).not.toMatch(/made-up|Madea/);
  });

  it('are not where everybody may call', async () => {
    expect((await fetch(`${server.origin}/metrics`)).status).toBe(404);
    expect((await fetch(metricsUrl.replace('/metrics', '/fhir/r4/metadata'))).status).toBe(404);
  });
});
