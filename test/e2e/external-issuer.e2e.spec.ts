import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Glewlwyd, whyNoGlewlwyd } from '../support/glewlwyd.js';
import { IntrospectionEndpoint } from '../support/introspection-endpoint.js';
import { base, startServer, type TestServer } from '../support/server.js';

describe.skipIf(whyNoGlewlwyd !== undefined)('a foreign authorization server (glewlwyd) as the only one', () => {
  let glewlwyd: Glewlwyd;
  let server: TestServer;
  const callback = 'https://app.example/callback';
  const settings = (changes: object = {}) => ({
    EMBEDDED_ISSUER: 'off',
    LOGIN: 'off',
    TRUSTED_ISSUERS: JSON.stringify([{ issuer: glewlwyd.issuer, ...changes }]),
  });
  beforeAll(async () => {
    glewlwyd = await Glewlwyd.start({ 'user/*.rs': [base], 'system/*.rs': [base] });
    await glewlwyd.addUser('ana', 'ana password', { scope: ['openid', 'user/*.rs'], fhirUser: 'Practitioner/ana' });
    const scopes = ['openid', 'user/*.rs', 'system/*.rs'];
    await glewlwyd.addClient({ id: 'app', secret: 'app-secret', redirectUris: [callback], scopes });
    server = await startServer(settings());
  });
  afterAll(async () => {
    await server?.close();
    await glewlwyd?.close();
  });

  async function tokenOfUser(
    resource: string | undefined,
    scope = 'openid user/*.rs',
  ): Promise<Record<string, string>> {
    const verifier = randomBytes(32).toString('base64url');
    const authorization = new URL(`${glewlwyd.issuer}/auth`);
    authorization.search = new URLSearchParams({
      response_type: 'code',
      client_id: 'app',
      redirect_uri: callback,
      scope,
      state: 's',
      nonce: 'n',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(resource !== undefined && { resource }),
    }).toString();
    const back = await glewlwyd.logIn(authorization, 'ana', 'ana password');
    return exchange({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: verifier,
      ...(resource !== undefined && { resource }),
    });
  }

  async function exchange(form: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const answer = await fetch(`${glewlwyd.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { authorization: `Basic ${Buffer.from('app:app-secret').toString('base64')}` },
    });
    return (await answer.json()) as Record<string, string>;
  }

  it('takes its access token for this server, and reads what the scope grants', async () => {
    const { access_token: token } = await tokenOfUser(base);
    const { status, body } = await server.call('GET', 'Patient', { token: token ?? '' });
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    expect(status).toBe(200);
    const access = await server.call('GET', '$my-access', { token: token ?? '' });
    expect(access.text).toContain('Practitioner/ana');
    expect(
      (await server.call('POST', 'Patient', { token: token ?? '', body: { resourceType: 'Patient' } })).status,
    ).toBe(403);
  });

  it('says what is wrong with a token that was not asked for this server, and with the ID token', async () => {
    const { access_token: token, id_token: idToken } = await tokenOfUser(undefined);
    const refused = await server.call('GET', 'Patient', { token: token ?? '' });
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('aud-mismatch');
    const wrong = await server.call('GET', 'Patient', { token: idToken ?? '' });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('typ-not-access-token');
  });

  it('takes a machine for a machine', async () => {
    const { access_token: token } = await exchange({
      grant_type: 'client_credentials',
      scope: 'system/*.rs',
      resource: base,
    });
    expect((await server.call('GET', 'Patient', { token: token ?? '' })).status).toBe(200);
  });

  it('publishes its endpoints, and claims nothing that it does not show', async () => {
    const { status, body, headers } = await server.call('GET', '.well-known/smart-configuration', {
      headers: { origin: 'https://any.example' },
    });
    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBe('*');
    const offered = (await (await fetch(`${glewlwyd.issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >;
    expect(body).toMatchObject({
      issuer: glewlwyd.issuer,
      authorization_endpoint: offered['authorization_endpoint'],
      token_endpoint: offered['token_endpoint'],
      jwks_uri: offered['jwks_uri'],
      code_challenge_methods_supported: ['S256'],
    });
    expect(body.capabilities).toContain('launch-standalone');
    expect(body.capabilities).not.toContain('context-standalone-patient');
    expect(body.capabilities).not.toContain('launch-ehr');
    const { security } = (await server.call('GET', 'metadata')).body.rest[0];
    expect(security.extension[0].extension).toEqual(
      expect.arrayContaining([
        { url: 'authorize', valueUri: offered['authorization_endpoint'] },
        { url: 'token', valueUri: offered['token_endpoint'] },
      ]),
    );
  });

  it('with introspection of JWTs, a token that is revoked there dies here', async () => {
    // glewlwyd tells about a token only the client that it was issued to.
    const introspection = { clientId: 'app', clientSecret: 'app-secret', jwt: true, cacheSeconds: 0 };
    const asking = await startServer(settings({ introspection }));
    try {
      const { access_token: token = '' } = await tokenOfUser(base);
      expect((await asking.call('GET', 'Patient', { token })).status).toBe(200);
      const revoked = await fetch(`${glewlwyd.issuer}/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
        headers: { authorization: `Basic ${Buffer.from('app:app-secret').toString('base64')}` },
      });
      expect(revoked.status).toBe(200);
      const refused = await asking.call('GET', 'Patient', { token });
      expect(refused.status).toBe(401);
      expect(refused.text).toContain('token-inactive');
      const foreign = settings({ introspection: { ...introspection, clientSecret: 'wrong' } });
      const wrong = await startServer(foreign);
      const unknown = await wrong.call('GET', 'Patient', { token });
      await wrong.close();
      expect(unknown.status).toBe(503);
      expect(unknown.text).toContain('introspection-unavailable');
      // Without introspection the signature is all there is to go by.
      expect((await server.call('GET', 'Patient', { token })).status).toBe(200);
    } finally {
      await asking.close();
    }
  });
});

describe('opaque tokens of an external issuer', () => {
  let endpoint: IntrospectionEndpoint;
  let server: TestServer;
  const issuer = 'http://127.0.0.1:9/idp';
  beforeAll(async () => {
    endpoint = await IntrospectionEndpoint.start();
    const introspection = { endpoint: endpoint.url, clientId: 'fhir', clientSecret: 's', cacheSeconds: 0 };
    server = await startServer({
      EMBEDDED_ISSUER: 'off',
      LOGIN: 'off',
      TRUSTED_ISSUERS: JSON.stringify([{ issuer, introspection }]),
    });
  });
  afterAll(async () => {
    await server?.close();
    await endpoint?.close();
  });

  it('are as good as what the issuer says about them, request by request', async () => {
    const claims = { aud: base, sub: 'loader', client_id: 'loader', exp: Math.floor(Date.now() / 1000) + 300 };
    endpoint.known.set('opaque-1', { ...claims, scope: 'system/Patient.rs' });
    expect((await server.call('GET', 'Patient', { token: 'opaque-1' })).status).toBe(200);
    expect((await server.call('GET', 'Observation', { token: 'opaque-1' })).status).toBe(403);
    endpoint.known.delete('opaque-1');
    const refused = await server.call('GET', 'Patient', { token: 'opaque-1' });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(refused.text).toContain('token-inactive');
  });

  it('an outage is 503 with the reason and when to come back, never 401 or 200', async () => {
    endpoint.behaviour = 500;
    const answer = await server.call('GET', 'Patient', { token: 'opaque-1' });
    endpoint.behaviour = 'serve';
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.text).toContain('introspection-unavailable');
  });

  it('smart-configuration has what this server itself keeps while the issuer was never reached', async () => {
    const { status, body } = await server.call('GET', '.well-known/smart-configuration');
    expect(status).toBe(200);
    expect(body).toMatchObject({ grant_types_supported: [], response_types_supported: [] });
    expect(body).not.toHaveProperty('token_endpoint');
    expect(body.capabilities).toEqual(['permission-v1', 'permission-v2', 'permission-user', 'permission-patient']);
  });
});
