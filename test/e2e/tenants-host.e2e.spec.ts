// Several tenants in one process, each at a host of its own (TENANTS=host): addresses, and hosts that are nobody's (docs/adr/0068)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppConfig } from '../../src/config/app-config.js';
import { hostRequest, request, startTenants, type TenantsServer, type TestTenant } from '../support/tenants.js';

let server: TenantsServer;
let north: TestTenant;
let south: TestTenant;
beforeAll(async () => {
  server = await startTenants({ TENANTS: 'host', TRUSTED_PROXIES: '192.0.2.7' });
  [north, south] = [await server.create('north'), await server.create('south')];
});
afterAll(() => server.close());

const hostOf = (tenant: TestTenant): string => new URL(tenant.url).host;
/** Sent to the port of the server with another Host, and more headers. */
const at = (host: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  hostRequest('GET', `${server.url}${path}`, { headers: { ...headers, host } });

describe('the addresses of a tenant', () => {
  it('are those of a server of its own, at its host', async () => {
    expect(north.url).toMatch(/^http:\/\/north\.fhir\.localhost:\d+$/);
    const { body: smart } = await north.call('GET', '.well-known/smart-configuration');
    expect(smart).toMatchObject({ issuer: north.issuer, token_endpoint: `${north.issuer}/token` });
    const { body: openid } = await north.call('GET', '/oauth2/.well-known/openid-configuration');
    expect(openid).toMatchObject({ issuer: north.issuer, jwks_uri: `${north.issuer}/jwks` });
    expect((await north.call('GET', '/')).body).toMatchObject({ fhirBase: north.fhirBase, issuer: north.issuer });
    const web = await north.call('GET', '/console/config.json');
    expect(web.body).toMatchObject({ console: `${north.url}/console/`, issuer: north.issuer });
    const token = (await north.logIn()).access_token;
    const made = await north.call('POST', 'Basic', { token, body: { resourceType: 'Basic', code: { text: 'x' } } });
    expect(made.headers.get('location')).toMatch(new RegExp(`^${north.fhirBase}/Basic/`));
    // What the operator may, and probes, are not of tenants.
    expect((await north.call('GET', '/admin/tenants', { token })).status).toBe(404);
    expect((await north.call('GET', '/health/ready')).status).toBe(404);
  });

  it('of well-known documents are those of its host', async () => {
    const challenge = (await north.call('GET', 'Patient')).headers.get('www-authenticate') ?? '';
    const place = `${north.url}/.well-known/oauth-protected-resource/fhir/r4`;
    expect(challenge).toContain(`resource_metadata="${place}"`);
    expect((await request('GET', place)).body).toMatchObject({ resource: north.fhirBase });
    const metadata = await request('GET', `${north.url}/.well-known/oauth-authorization-server/oauth2`);
    expect(metadata.body.issuer).toBe(north.issuer);
  });

  it('of the tenant default are those of the host without a label, as before there were tenants', async () => {
    const { body: before } = await server.own.call('GET', '.well-known/smart-configuration');
    expect(before.issuer).toBe(`${server.url}/oauth2`);
    const { body: alias } = await server.tenant('default').call('GET', '.well-known/smart-configuration');
    expect(alias).toEqual(before);
    const listed = await server.own.call('GET', '/admin/tenants', { token: server.operator });
    expect(listed.body.tenants.map(({ fhirBase }: { fhirBase: string }) => fhirBase)).toEqual([
      `${server.url}/fhir/r4`,
      north.fhirBase,
      south.fhirBase,
    ]);
    // A path makes no tenant here.
    expect((await server.own.call('GET', '/t/north/fhir/r4/metadata')).status).toBe(404);
  });

  it('take a token of theirs alone, and keep what they store apart', async () => {
    const [mine, other] = [(await north.logIn()).access_token, (await south.logIn()).access_token];
    const body = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Northern' }] };
    expect((await north.call('PUT', 'Patient/p1', { token: mine, body })).status).toBe(201);
    expect((await south.call('GET', 'Patient/p1', { token: other })).status).toBe(404);
    expect((await south.call('GET', 'Patient?_summary=count', { token: other })).body.total).toBe(0);
    const refused = await south.call('GET', 'Patient/p1', { token: mine });
    expect(refused.status).toBe(401);
    expect(refused.text).toContain(`this server is ${south.fhirBase}`);
    for (const tenant of [south, server.own]) {
      const headers = { authorization: `Bearer ${mine}`, 'x-forwarded-host': hostOf(north) };
      expect((await tenant.call('GET', 'Patient/p1', { headers })).status).toBe(401);
    }
  });

  it('have cookies of their host and of no other', async () => {
    const redirect = 'http://127.0.0.1:9/callback';
    const body = { id: 'app', name: 'App', kind: 'public', redirectUris: [redirect], scopes: 'user/*.rs' };
    const { access_token: token } = await north.logIn();
    expect((await north.call('POST', '/oauth2/clients', { token, body })).status).toBe(201);
    const query = new URLSearchParams({
      client_id: 'app',
      response_type: 'code',
      redirect_uri: redirect,
      scope: 'user/*.rs',
      state: 'long-enough-state',
      aud: north.fhirBase,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const answer = await request('GET', `${north.issuer}/authorize?${query.toString()}`);
    expect(answer.headers.get('location')).toMatch(new RegExp(`^(?:${north.url})?/oauth2/interaction/`));
    const cookies = answer.headers.get('set-cookie') ?? '';
    expect(cookies).toContain('lanyard_');
    expect(cookies.toLowerCase()).not.toContain('domain=');
  });
});

describe('a host that is no tenant’s', () => {
  it('is answered like an unknown one, before anything else, with a 404 that tells nothing', async () => {
    const nowhere = [
      'west.fhir.localhost',
      'a.north.fhir.localhost',
      'localhost',
      '127.0.0.1',
      'north.fhir.localhost.example',
      'northfhir.localhost',
      'xn--nrth-gra.fhir.localhost',
      'gone~2.fhir.localhost',
      `${'n'.repeat(300)}.fhir.localhost`,
    ];
    const answers = await Promise.all(
      nowhere.map((host) => at(host, '/fhir/r4/Patient/p1', { authorization: 'Bearer nonsense' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(nowhere.map(() => 404));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]!.text).toContain('No server is at this address');
    expect((await at('west.fhir.localhost', '/oauth2/jwks')).text).toContain('not_found');
  });

  it('is what a suspended tenant is, too', async () => {
    const gone = await server.create('gone-clinic');
    const { token } = { token: server.operator };
    await server.own.call('PATCH', '/admin/tenants/gone-clinic', { token, body: { state: 'suspended' } });
    await expect.poll(async () => (await gone.call('GET', 'metadata')).status, { timeout: 10_000 }).toBe(404);
    const [suspended, unknown] = [
      await gone.call('GET', 'metadata'),
      await server.tenant('west').call('GET', 'metadata'),
    ];
    expect(suspended.text).toBe(unknown.text);
  });

  it('does not become one by X-Forwarded-Host of anybody but a trusted proxy', async () => {
    const { text } = await at(hostOf(south), '/fhir/r4/metadata', { 'x-forwarded-host': hostOf(north) });
    expect(text).toContain(south.fhirBase);
    expect(text).not.toContain(north.fhirBase);
    expect((await at('localhost', '/fhir/r4/metadata', { 'x-forwarded-host': hostOf(north) })).status).toBe(404);
  });

  it('matters nothing to probes, which ask the process', async () => {
    expect((await at('10.0.0.9:3000', '/health/live')).status).toBe(200);
    expect((await at('10.0.0.9:3000', '/health/ready')).status).toBe(200);
    expect((await at('10.0.0.9:3000', '/health')).status).toBe(404);
  });
});

describe('a proxy that is trusted', () => {
  it('says by X-Forwarded-Host which tenant is meant', async () => {
    const proxied = await startTenants({ TENANTS: 'host', TRUSTED_PROXIES: '127.0.0.1,::1' });
    try {
      const { host } = new URL(proxied.tenant('default').url);
      const answer = await hostRequest('GET', `${proxied.url}/fhir/r4/metadata`, {
        headers: { host: 'lanyard.internal:3000', 'x-forwarded-host': host },
      });
      expect([answer.status, answer.text.includes(`${proxied.url}/fhir/r4`)]).toEqual([200, true]);
    } finally {
      await proxied.close();
    }
  });
});

describe('settings', () => {
  it.each([
    [{ TENANTS: 'host', PUBLIC_URL: 'https://fhir.example' }, 'PUBLIC_URL: TENANTS=host needs {tenant}'],
    [{ TENANTS: 'host' }, 'PUBLIC_URL: TENANTS=host needs {tenant}'],
    [{ TENANTS: 'host', PUBLIC_URL: 'https://x-{tenant}.fhir.example' }, 'PUBLIC_URL: TENANTS=host needs {tenant}'],
    [{ TENANTS: 'host', PUBLIC_URL: 'https://{tenant}.{tenant}.example' }, 'PUBLIC_URL: TENANTS=host needs {tenant}'],
    [{ TENANTS: 'host', PUBLIC_URL: 'https://{tenant}' }, 'PUBLIC_URL: TENANTS=host needs {tenant}'],
    [{ TENANTS: 'path', PUBLIC_URL: 'https://{tenant}.fhir.example' }, 'PUBLIC_URL: {tenant} in it needs TENANTS=host'],
  ])('%j are refused with the cure', (variables, line) => {
    expect(() => new AppConfig(variables)).toThrow(line);
  });
});
