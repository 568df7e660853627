import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { adminApi, type AdminApi } from '../support/admin-api.js';
import {
  authorize,
  createUser,
  exchange,
  post,
  read,
  refresh,
  registerClient,
  startOauthServer,
  type OauthServer,
} from '../support/oauth-server.js';

/** What becomes of tokens when their client or their user changes, and what they never open. */
let server: OauthServer;
let admin: AdminApi;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });

beforeAll(async () => {
  server = await startOauthServer();
  admin = await adminApi(server);
});
afterAll(() => server?.close());

const app = async () => (await registerClient(server)).client.id;
const userTokens = async (client: string, user = 'admin') => {
  const scope = 'offline_access user/*.cruds';
  const { status, body } = await exchange(server, client, await authorize(server, client, { scope, login_hint: user }));
  expect(status).toBe(200);
  return body as { readonly access_token: string; readonly refresh_token: string };
};

const machine = async () => {
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }] };
  const { body } = await admin.call('POST', 'clients', {
    name: 'Nightly',
    kind: 'confidential-asymmetric',
    scopes: 'system/*.rs',
    jwks: keys,
  });
  return body as { readonly id: string };
};

async function machineToken(id: string): Promise<string> {
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'JWT' })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(`${server.oauth}/token`)
    .setJti(randomUUID())
    .setExpirationTime('4m')
    .setIssuedAt()
    .sign(privateKey);
  const { status, body } = await post(`${server.oauth}/token`, {
    grant_type: 'client_credentials',
    scope: 'system/*.rs',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return (body as { readonly access_token: string }).access_token;
}

describe('when a client is removed', () => {
  it('the tokens that users gave it die at once', async () => {
    const id = await app();
    const tokens = await userTokens(id);
    expect(await read(server, 'Patient', tokens.access_token)).toBe(200);
    await admin.call('DELETE', `clients/${id}`);
    expect(await read(server, 'Patient', tokens.access_token)).toBe(401);
    expect((await refresh(server, id, tokens.refresh_token)).status).toBe(401);
  });

  it('the tokens that it got for itself die at once', async () => {
    const { id } = await machine();
    const token = await machineToken(id);
    expect(await read(server, 'Patient', token)).toBe(200);
    await admin.call('DELETE', `clients/${id}`);
    expect(await read(server, 'Patient', token)).toBe(401);
  });
});

describe('when a client is disabled', () => {
  it('its tokens die, and those that it gets once it is enabled again live', async () => {
    const made = await machine();
    const token = await machineToken(made.id);
    const { id, createdBy: _, hasSecret: __, ...form } = made as Record<string, unknown> & { id: string };
    await admin.call('PUT', `clients/${id}`, { ...form, disabled: true });
    expect(await read(server, 'Patient', token)).toBe(401);
    await admin.call('PUT', `clients/${id}`, form);
    expect(await read(server, 'Patient', await machineToken(id))).toBe(200);
    expect(await read(server, 'Patient', token)).toBe(401);
  });

  it('is for that client alone', async () => {
    const [gone, stays] = [await machine(), await machine()];
    const token = await machineToken(stays.id);
    await admin.call('DELETE', `clients/${gone.id}`);
    expect(await read(server, 'Patient', token)).toBe(200);
  });
});

describe('when a user is changed', () => {
  it.each([[{ grants: 'user/Patient.rs' }], [{ disabled: true }], [{ password: 'another password' }]])(
    '%j: the apps of the user have to ask again',
    async (change) => {
      const name = `user-${randomUUID()}`;
      await createUser(server, { name });
      const id = await app();
      const tokens = await userTokens(id, name);
      await admin.call('PATCH', `users/${name}`, change);
      expect(await read(server, 'Patient', tokens.access_token)).toBe(401);
      expect((await refresh(server, id, tokens.refresh_token)).status).toBe(400);
    },
  );
});

describe('the tokens of an app', () => {
  it('manage no clients and users unless the app is registered for it, even for an administrator', async () => {
    const { access_token: token } = await userTokens(await app());
    expect(await read(server, 'Patient', token)).toBe(200);
    for (const path of ['clients', 'users']) {
      const answer = await admin.call('GET', path, undefined, token);
      expect(answer).toMatchObject({
        status: 403,
        body: { error_description: expect.stringMatching(/administrator-needed: .*it carries no right to administer/) },
      });
    }
    expect((await admin.call('POST', 'registration-tokens', {}, token)).status).toBe(403);
  });

  it('of a machine with the id of a former name do not, either', async () => {
    const { id } = await machine();
    const answer = await admin.call('GET', 'clients', undefined, await machineToken(id));
    expect(answer.status).toBe(403);
    expect(await server.app.get(OauthClientStore).find(id)).toBeDefined();
  });
});
