import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKey, signed } from '../support/issuer.js';
import { adminPassword, base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** The hour that is lost every day, and how it goes here. */
describe('the story', () => {
  it('names every failing check of a foreign login token in one answer, each with its cure', async () => {
    const now = Math.floor(Date.now() / 1000);
    const key = newKey('ES256');
    const token = signed(
      { alg: 'ES256', typ: 'JWT', kid: key.kid },
      { iss: 'host/IRIS', sub: '_SYSTEM', iat: now - 1000, exp: now - 412 },
      key,
    );
    const { status, headers, body } = await server.call('GET', 'Patient', { token });
    expect(status).toBe(401);
    const codes = body.issue.map((issue: { details: { coding: [{ code: string }] } }) => issue.details.coding[0].code);
    expect(codes.toSorted()).toEqual(['aud-missing', 'iss-untrusted', 'scope-missing', 'token-expired']);
    expect(body.issue.every((issue: { diagnostics: string }) => issue.diagnostics.length > 20)).toBe(true);
    expect(body.issue.find((issue: { code: string }) => issue.code === 'expired')).toBeDefined();
    expect(JSON.stringify(body)).toContain(base);
    expect(JSON.stringify(body)).toContain('user/Patient.s');
    expect(JSON.stringify(body)).toContain('user/Patient.read');
    expect(headers['www-authenticate']).toContain('error="invalid_token"');
    expect(headers['www-authenticate']).toContain('resource_metadata=');
    expect(headers['www-authenticate']).toContain('/docs/access#');
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('then logs in here, and the same GET Patient is 200', async () => {
    const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
    const login = await server.call('POST', 'login', { headers: { authorization } });
    expect(login.status).toBe(200);
    expect(login.body).toMatchObject({ token_type: 'Bearer', scope: 'user/*.cruds user/AuditEvent.rs admin/*.cruds' });
    const { status, body } = await server.call('GET', 'Patient', { token: login.body.access_token });
    expect(status).toBe(200);
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
  });
});
