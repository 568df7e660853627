import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://fhir.example',
    TRUSTED_PROXIES: '127.0.0.1',
    ADMIN_PASSWORD: 'a-password-for-tests',
    KEY_ENCRYPTION_SECRET: 'a secret that only this test knows, and long',
  });
});
afterAll(() => server.close());

describe('in production behind a trusted proxy', () => {
  it.each([
    ['GET', 'Patient'],
    ['POST', 'login'],
  ])('%s %s over http is refused before any look at the credential', async (method, path) => {
    const { status, body, headers } = await server.call(method, path, {
      token: 'whatever',
      headers: { 'x-forwarded-proto': 'http' },
    });
    expect(status).toBe(400);
    expect(body.issue[0].details.coding[0].code).toBe('tls-required');
    expect(headers['www-authenticate']).toContain('invalid_request');
  });

  it('https goes on to the token', async () => {
    const { status, body } = await server.call('GET', 'Patient', { headers: { 'x-forwarded-proto': 'https' } });
    expect(status).toBe(401);
    expect(body.issue[0].details.coding[0].code).toBe('no-credentials');
  });

  it('open documents need no encryption', async () => {
    expect((await server.call('GET', 'metadata', { headers: { 'x-forwarded-proto': 'http' } })).status).toBe(200);
  });
});
