import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callback, registerClient } from '../support/oauth-server.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

const issuer = 'http://localhost:3000/oauth2';
const anywhere = { headers: { origin: 'https://anywhere.example' } };

describe('discovery of the authorization server', () => {
  it('names every endpoint by its absolute address in smart-configuration', async () => {
    const { status, body, headers } = await server.call('GET', '.well-known/smart-configuration', {
      headers: { accept: 'application/fhir+xml' },
    });
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/jwks`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      introspection_endpoint: `${issuer}/introspect`,
      revocation_endpoint: `${issuer}/revoke`,
      registration_endpoint: `${issuer}/register`,
      management_endpoint: `${issuer}/apps`,
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    });
    expect(body.token_endpoint_auth_signing_alg_values_supported).toEqual(expect.arrayContaining(['RS384', 'ES384']));
  });

  it('says the same in every document', async () => {
    const smart = (await server.call('GET', '.well-known/smart-configuration')).body;
    const documents = [
      '/oauth2/.well-known/openid-configuration',
      '/oauth2/.well-known/oauth-authorization-server',
      '/.well-known/oauth-authorization-server/oauth2',
      '/.well-known/openid-configuration/oauth2',
    ];
    for (const address of documents) {
      const { status, body } = await server.call('GET', address);
      expect([address, status]).toEqual([address, 200]);
      const shared = Object.keys(body).filter((name) => name in smart);
      expect(shared.length).toBeGreaterThan(11);
      for (const name of shared) expect([address, name, body[name]]).toEqual([address, name, smart[name]]);
      expect(body.id_token_signing_alg_values_supported).toContain('RS256');
      expect(body.subject_types_supported).toEqual(['public']);
    }
    const { body: resource } = await server.call('GET', '/.well-known/oauth-protected-resource/fhir/r4');
    expect(resource.authorization_servers).toEqual([issuer, server.issuer.url]);
  });

  it('answers each endpoint that it names', async () => {
    const { body } = await server.call('GET', '.well-known/smart-configuration');
    const get = async (url: string) => (await server.call('GET', new URL(url).pathname)).status;
    const post = async (url: string) =>
      (
        await server.call('POST', new URL(url).pathname, {
          body: '',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        })
      ).status;
    expect(await get(body.jwks_uri)).toBe(200);
    expect(await get(body.authorization_endpoint)).toBe(400);
    expect(await post(body.token_endpoint)).toBe(400);
    expect(await post(body.introspection_endpoint)).toBe(400);
    expect(await post(body.revocation_endpoint)).toBe(400);
    expect(await get(body.management_endpoint)).toBeLessThan(400);
  });

  it('is open to every origin', async () => {
    for (const address of [
      '.well-known/smart-configuration',
      'metadata',
      '/oauth2/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server/oauth2',
      '/oauth2/jwks',
      '/oauth2/smart-style-v1.json',
    ]) {
      const { status, headers } = await server.call('GET', address, anywhere);
      expect([address, status, headers['access-control-allow-origin']]).toEqual([address, 200, '*']);
    }
  });

  it('knows no such document for an issuer that is not ours', async () => {
    const { status } = await server.call('GET', '/.well-known/oauth-authorization-server/other');
    expect(status).toBe(404);
  });
});

describe('below a PUBLIC_URL with a path', () => {
  const publicUrl = 'https://host.example/lanyard/one';
  let below: TestServer;

  beforeAll(async () => {
    below = await startServer({ PUBLIC_URL: publicUrl });
  });
  afterAll(() => below?.close());

  it.each(['/lanyard/one', ''])('everything works with the path %j in front', async (prefix) => {
    const { body } = await below.call('GET', `${prefix}/oauth2/.well-known/openid-configuration`);
    expect([body.issuer, body.token_endpoint]).toEqual([`${publicUrl}/oauth2`, `${publicUrl}/oauth2/token`]);
    const inserted = await below.call('GET', '/.well-known/oauth-authorization-server/lanyard/one/oauth2');
    expect(inserted.body).toEqual(body);
    const { client } = await registerClient(below);
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: callback,
      scope: 'user/Patient.rs',
      aud: `${publicUrl}/fhir/r4`,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const answer = await below.call('GET', `${prefix}/oauth2/authorize?${query.toString()}`, {
      // Whatever a proxy or an attacker says of the host: addresses come from the settings.
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    });
    expect(answer.status).toBe(303);
    expect(answer.headers['location']).toMatch(/^https:\/\/host\.example\/lanyard\/one\/oauth2\/interaction\//);
    const cookies = String(answer.headers['set-cookie']);
    expect(cookies).toMatch(/lanyard_interaction=[^;]+; path=\/lanyard\/one\/oauth2\/interaction\/[^;]+;/);
    for (const cookie of [answer.headers['set-cookie']].flat()) {
      expect(cookie).toMatch(/; secure/);
      expect(cookie).toMatch(/; httponly/);
      expect(cookie).toMatch(/; samesite=lax/);
    }
  });
});

describe('a server without its own authorization server', () => {
  it('names no endpoint', async () => {
    const other = await startServer({ EMBEDDED_ISSUER: 'off', LOGIN: 'off' });
    try {
      const { body } = await other.call('GET', '.well-known/smart-configuration');
      expect(body.token_endpoint).toBeUndefined();
      expect((await other.call('GET', '/oauth2/.well-known/openid-configuration')).status).toBe(404);
      expect((await other.call('POST', '/oauth2/token', { body: '' })).status).toBe(404);
    } finally {
      await other.close();
    }
  });
});
