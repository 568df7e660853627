import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { adminApi, type AdminApi } from '../support/admin-api.js';
import { startServer, type Answer, type TestServer } from '../support/server.js';

/** Dynamic client registration: https://www.rfc-editor.org/rfc/rfc7591 and https://www.rfc-editor.org/rfc/rfc7592 */
let server: TestServer;
let admin: AdminApi;

beforeAll(async () => {
  server = await startServer();
  admin = await adminApi(server);
});
afterAll(() => server.close());

const app = {
  client_name: 'Growth chart',
  redirect_uris: ['https://app.example/callback'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
};
const jwks = {
  keys: [{ ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }), kid: 'k1' }],
};
const service = {
  client_name: 'Nightly',
  token_endpoint_auth_method: 'private_key_jwt',
  grant_types: ['client_credentials'],
  scope: 'system/Patient.rs',
  jwks,
};

async function initialToken(options: object = {}): Promise<string> {
  const { status, body } = await admin.call('POST', 'registration-tokens', options);
  expect(status).toBe(201);
  return (body as { token: string }).token;
}

const callOn =
  (on: () => TestServer) =>
  (method: string, path: string, token?: string, body?: object): Promise<Answer> =>
    on().call(method, `/oauth2/${path}`, {
      ...(token !== undefined && { token }),
      ...(body && { body, headers: { 'content-type': 'application/json' } }),
    });
const call = callOn(() => server);

async function register(metadata: object = app, options: object = {}) {
  const answer = await call('POST', 'register', await initialToken(options), metadata);
  expect(answer.status, answer.text).toBe(201);
  return answer.body as Readonly<Record<string, string>> & { client_id: string; registration_access_token: string };
}

describe('a registration', () => {
  it('answers with what was registered and how to manage it', async () => {
    const token = await initialToken();
    const answer = await call('POST', 'register', token, {
      ...app,
      tos_uri: 'https://app.example/tos',
      software_id: 'x',
      'client_name#de': 'Kurve',
    });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    expect(answer.body).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      client_id_issued_at: expect.any(Number),
      client_name: 'Growth chart',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://app.example/callback'],
      scope: app.scope,
      contacts: [],
      tos_uri: 'https://app.example/tos',
      registration_access_token: expect.stringMatching(/^[\w-]{43}$/),
      registration_client_uri: `http://localhost:3000/oauth2/register/${(answer.body as { client_id: string }).client_id}`,
    });
  });

  it('gives a confidential client its secret, once', async () => {
    const {
      client_id: id,
      client_secret: secret,
      registration_access_token: own,
      ...body
    } = await register({
      ...app,
      token_endpoint_auth_method: 'client_secret_post',
    });
    expect(body).toMatchObject({ client_secret_expires_at: 0, token_endpoint_auth_method: 'client_secret_basic' });
    const store = server.app.get(OauthClientStore);
    expect(await store.secretMatches((await store.find(id))!, secret!)).toBe(true);
    expect((await call('GET', `register/${id}`, own)).body).not.toHaveProperty('client_secret');
  });

  it('takes defaults of RFC 7591 where nothing is said', async () => {
    const body = await register({
      redirect_uris: ['https://small.example/cb'],
      scope: 'openid patient/*.rs',
      jwks: null,
    });
    expect(body).toMatchObject({
      client_name: 'small.example',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
    });
  });

  it('lets a backend service in when the token names its scopes', async () => {
    const body = await register(service, { scopes: ['system/*.rs'] });
    expect(body).toMatchObject({ grant_types: ['client_credentials'], response_types: [], jwks });
    const created = await server.app.get(OauthClientStore).find(body.client_id);
    expect(created).toMatchObject({ kind: 'confidential-asymmetric', createdBy: 'registration', introspects: false });
  });

  it('never sets what only the server sets', async () => {
    const body = await register({
      ...app,
      client_id: 'chosen',
      client_secret: 'chosen',
      introspects: true,
      createdBy: 'admin',
      disabled: false,
      secretHash: '$sha256$',
      origins: ['https://evil.example'],
      clearance: 'V',
      breakGlass: true,
      consentExempt: true,
      purposeOfUse: 'TREAT',
      registration_access_token: 'chosen',
    });
    expect(body.client_id).not.toBe('chosen');
    expect(body.registration_access_token).not.toBe('chosen');
    const created = await server.app.get(OauthClientStore).find(body.client_id);
    expect(created).toMatchObject({ introspects: false, createdBy: 'registration', origins: [] });
    for (const name of ['clearance', 'breakGlass', 'consentExempt', 'purposeOfUse'])
      expect(created).not.toHaveProperty(name);
  });

  it.each([
    [{ redirect_uris: ['http://app.example/cb'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: 'https://app.example/cb' }, 'invalid_redirect_uri'],
    [{ redirect_uris: [] }, 'invalid_redirect_uri'],
    [{ token_endpoint_auth_method: 'client_secret_jwt' }, 'invalid_client_metadata'],
    [{ token_endpoint_auth_method: 'toString' }, 'invalid_client_metadata'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
    [{ grant_types: ['implicit'] }, 'invalid_client_metadata'],
    [{ grant_types: ['authorization_code', 'password'] }, 'invalid_client_metadata'],
    [{ response_types: ['token'] }, 'invalid_client_metadata'],
    [{ scope: undefined }, 'invalid_client_metadata'],
    [{ scope: 'patient/Nonsense.rs' }, 'invalid_client_metadata'],
    [{ scope: 'openid system/*.rs' }, 'invalid_client_metadata'],
    [{ logo_uri: 'javascript:alert(1)' }, 'invalid_client_metadata'],
    [{ client_name: 7 }, 'invalid_client_metadata'],
    [{ jwks: { keys: 'x' } }, 'invalid_client_metadata'],
    [{ software_statement: 'eyJ' }, 'unapproved_software_statement'],
  ])('is refused with %j, and does not use the token up', async (change, error) => {
    const token = await initialToken();
    const answer = await call('POST', 'register', token, { ...app, ...change });
    expect(answer).toMatchObject({ status: 400, body: { error, error_description: expect.stringMatching(/\.$/) } });
    expect((await call('POST', 'register', token, app)).status).toBe(201);
  });

  it.each([
    [['patient/Observation.rs'], 'patient/Observation.rs?category=laboratory', 201],
    [['patient/Observation.rs'], 'patient/Observation.read', 201],
    [['patient/Observation.rs'], 'patient/Patient.rs', 400],
    [['patient/Observation.rs'], 'patient/Observation.cruds', 400],
    [['patient/Observation.rs'], 'openid patient/Observation.rs', 400],
    [undefined, 'user/*.cruds', 201],
  ])('stays below the ceiling of its token %j: %s %i', async (scopes, scope, status) => {
    const token = await initialToken(scopes ? { scopes } : {});
    const answer = await call('POST', 'register', token, { ...app, grant_types: undefined, scope });
    expect(answer.status, answer.text).toBe(status);
  });
});

describe('an initial access token', () => {
  it('works as often as it says', async () => {
    const token = await initialToken({ uses: 2 });
    const all = await Promise.all([1, 2, 3, 4].map(() => call('POST', 'register', token, app)));
    expect(all.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([201, 201, 401, 401]);
  });

  it('expires', async () => {
    const token = await initialToken({ ttlSeconds: 1 });
    await expect.poll(async () => (await call('POST', 'register', token, {})).status, { timeout: 5_000 }).toBe(401);
  });

  it('is needed: nothing else opens the registration', async () => {
    for (const token of [undefined, 'x'.repeat(43), admin.token, server.token('system/*.cruds')]) {
      const answer = await call('POST', 'register', token, app);
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
      expect((answer.body as { error_description: string }).error_description).toMatch(/^registration-token-invalid: /);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    }
  });

  it.each([
    { uses: 0 },
    { uses: 1.5 },
    { ttlSeconds: 10 ** 9 },
    { scopes: ['nonsense'] },
    { scopes: 'openid' },
    { other: 1 },
  ])('is not made from %j', async (options) => {
    expect((await admin.call('POST', 'registration-tokens', options)).status).toBe(400);
  });
});

describe('the registration of a client, managed by itself', () => {
  it('is read and replaced with the token it got', async () => {
    const { client_id: id, registration_access_token: token } = await register();
    const read = await call('GET', `register/${id}`, token);
    expect(read).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: { client_id: id, registration_access_token: token },
    });
    const replaced = await call('PUT', `register/${id}`, token, {
      client_id: id,
      ...app,
      client_name: 'Chart 2',
      scope: 'patient/Patient.r',
    });
    expect(replaced).toMatchObject({ status: 200, body: { client_name: 'Chart 2', scope: 'patient/Patient.r' } });
    expect(await server.app.get(OauthClientStore).find(id)).toMatchObject({
      name: 'Chart 2',
      scopes: ['patient/Patient.r'],
    });
  });

  it('keeps what an administrator set', async () => {
    const { client_id: id, registration_access_token: token } = await register({
      ...app,
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const { body } = await admin.call('GET', `clients/${id}`);
    const { id: _, createdBy: __, hasSecret: ___, ...form } = body as Record<string, unknown>;
    await admin.call('PUT', `clients/${id}`, {
      ...form,
      introspects: true,
      origins: ['https://more.example'],
      clearance: 'L',
    });
    await call('PUT', `register/${id}`, token, {
      client_id: id,
      ...app,
      token_endpoint_auth_method: 'client_secret_basic',
      introspects: false,
      clearance: 'V',
    });
    expect((await admin.call('GET', `clients/${id}`)).body).toMatchObject({
      introspects: true,
      origins: ['https://more.example'],
      clearance: 'L',
    });
  });

  it.each([
    [{ scope: 'openid patient/*.cruds' }, 'may only give scopes up'],
    [{ client_id: 'other' }, 'client_id'],
    [{ client_id: undefined }, 'client_id'],
    [{ client_secret: 'guess' }, 'client_secret'],
    [{ registration_access_token: 'x' }, 'registration_access_token is set by the server'],
    [{ client_id_issued_at: 1 }, 'client_id_issued_at is set by the server'],
    [{ redirect_uris: ['https://app.example/cb#x'] }, 'fragment'],
  ])('is not replaced with %j', async (change, why) => {
    const { client_id: id, registration_access_token: token } = await register();
    const answer = await call('PUT', `register/${id}`, token, { client_id: id, ...app, ...change });
    expect(answer).toMatchObject({ status: 400, body: { error_description: expect.stringContaining(why) } });
    expect(await server.app.get(OauthClientStore).find(id)).toMatchObject({ name: 'Growth chart' });
  });

  it("is nobody else's business: the answer does not tell whether the client is there", async () => {
    const mine = await register();
    const other = await register();
    const answers: Answer[] = [];
    for (const token of [undefined, other.registration_access_token, admin.token, 'x'.repeat(43)]) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const present = await call(
          method,
          `register/${mine.client_id}`,
          token,
          method === 'PUT' ? { ...app, client_id: mine.client_id } : undefined,
        );
        const absent = await call(
          method,
          'register/0123456789abcdef0123456789abcdef',
          token,
          method === 'PUT' ? app : undefined,
        );
        expect([present.status, present.body]).toEqual([absent.status, absent.body]);
        answers.push(present);
      }
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect((await call('GET', `register/${mine.client_id}`, mine.registration_access_token)).status).toBe(200);
  });

  it('is not there any more once an administrator disabled the client', async () => {
    const { client_id: id, registration_access_token: token } = await register();
    const {
      id: _,
      createdBy: __,
      hasSecret: ___,
      ...form
    } = (await admin.call('GET', `clients/${id}`)).body as Record<string, unknown>;
    await admin.call('PUT', `clients/${id}`, { ...form, disabled: true });
    expect((await call('PUT', `register/${id}`, token, { client_id: id, ...app })).status).toBe(401);
  });

  it('ends with the client', async () => {
    const { client_id: id, registration_access_token: token } = await register();
    expect((await call('DELETE', `register/${id}`, token)).status).toBe(204);
    expect((await call('GET', `register/${id}`, token)).status).toBe(401);
    expect(await server.app.get(OauthClientStore).find(id)).toBeUndefined();
  });
});

describe('REGISTRATION', () => {
  it('off: nobody registers', async () => {
    const off = await startServer({ REGISTRATION: 'off' });
    try {
      const token = ((await (await adminApi(off)).call('POST', 'registration-tokens', {})).body as { token: string })
        .token;
      const answer = await callOn(() => off)('POST', 'register', token, app);
      expect(answer).toMatchObject({
        status: 403,
        body: { error_description: expect.stringMatching(/^registration-disabled: /) },
      });
      const discovery = await off.call('GET', '.well-known/smart-configuration');
      expect(discovery.body).not.toHaveProperty('registration_endpoint');
    } finally {
      await off.close();
    }
  });

  it('open: anybody registers what acts for users, and nothing that acts alone', async () => {
    const open = await startServer({ REGISTRATION: 'open' });
    const there = callOn(() => open);
    try {
      expect((await there('POST', 'register', undefined, app)).status).toBe(201);
      expect((await there('POST', 'register', undefined, service)).body).toMatchObject({
        error: 'invalid_client_metadata',
      });
      expect((await there('POST', 'register', 'x'.repeat(43), app)).status).toBe(401);
      const discovery = await open.call('GET', '.well-known/smart-configuration');
      expect(discovery.body).toMatchObject({ registration_endpoint: 'http://localhost:3000/oauth2/register' });
    } finally {
      await open.close();
    }
  });
});
