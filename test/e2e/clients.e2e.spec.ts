import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { adminApi, logIn, type AdminApi } from '../support/admin-api.js';
import { adminPassword, startServer, type TestServer } from '../support/server.js';
import { withinFiveSeconds } from '../support/within-five-seconds.js';

/** Clients and users, managed over HTTP by an administrator. */
let server: TestServer;
let admin: AdminApi;

beforeAll(async () => {
  server = await startServer();
  admin = await adminApi(server);
});
afterAll(() => server.close());

const app = {
  name: 'Growth chart',
  kind: 'public',
  redirectUris: ['https://app.example/callback'],
  scopes: 'openid launch/patient patient/*.rs',
};

describe('a client', () => {
  it('is registered under an id of its own, read, replaced and removed', async () => {
    const made = await admin.call('POST', 'clients', { id: 'growth-chart', ...app });
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({
      location: 'http://localhost:3000/oauth2/clients/growth-chart',
      'cache-control': 'no-store',
    });
    expect(made.body).toEqual({
      id: 'growth-chart',
      name: 'Growth chart',
      kind: 'public',
      grantTypes: ['authorization_code'],
      redirectUris: ['https://app.example/callback'],
      scopes: ['openid', 'launch/patient', 'patient/*.rs'],
      origins: [],
      contacts: [],
      introspects: false,
      disabled: false,
      createdBy: 'admin',
      hasSecret: false,
    });
    const read = await admin.call('GET', 'clients/growth-chart');
    expect(read.body).toEqual(made.body);
    const replaced = await admin.call('PUT', 'clients/growth-chart', { ...app, scopes: ['patient/Patient.r'] });
    expect(replaced.body).toEqual({ ...made.body, scopes: ['patient/Patient.r'] });
    expect((await admin.call('DELETE', 'clients/growth-chart')).status).toBe(204);
    const gone = await admin.call('GET', 'clients/growth-chart');
    expect(gone.status).toBe(404);
    expect(gone.body).toEqual({
      error: 'not_found',
      error_description: expect.stringContaining('no client "growth-chart"'),
    });
  });

  it('gets a secret that is shown once, stored as a hash, and replaced on demand', async () => {
    const store = server.app.get(OauthClientStore);
    const made = await admin.call('POST', 'clients', { id: 'portal', ...app, kind: 'confidential-symmetric' });
    const { secret } = made.body as { secret: string };
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const read = await admin.call('GET', 'clients/portal');
    expect(read.body).toMatchObject({ hasSecret: true });
    expect(read.text).not.toMatch(/secretHash|sha256|machineSession/);
    const client = (await store.find('portal'))!;
    expect(await store.secretMatches(client, secret)).toBe(true);
    expect(await store.secretMatches(client, 'guess')).toBe(false);
    const rotated = await admin.call('POST', 'clients/portal/secret');
    expect(rotated).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    const now = (await store.find('portal'))!;
    expect(await store.secretMatches(now, secret)).toBe(false);
    expect(await store.secretMatches(now, (rotated.body as { secret: string }).secret)).toBe(true);
  });

  it('keeps its secret when the rest is replaced, and loses it when it becomes public', async () => {
    const store = server.app.get(OauthClientStore);
    const made = await admin.call('POST', 'clients', { id: 'kept', ...app, kind: 'confidential-symmetric' });
    const { secret } = made.body as { secret: string };
    const renamed = await admin.call('PUT', 'clients/kept', { ...app, kind: 'confidential-symmetric', name: 'Kept' });
    expect(renamed.body).toMatchObject({ name: 'Kept', hasSecret: true });
    expect(renamed.body).not.toHaveProperty('secret');
    expect(await store.secretMatches((await store.find('kept'))!, secret)).toBe(true);
    const opened = await admin.call('PUT', 'clients/kept', app);
    expect(opened.body).toMatchObject({ kind: 'public', hasSecret: false });
    expect(await store.secretMatches((await store.find('kept'))!, secret)).toBe(false);
    expect((await admin.call('POST', 'clients/kept/secret')).body).toMatchObject({ error: 'invalid_client_metadata' });
  });

  it('is of no use while it is disabled', async () => {
    const store = server.app.get(OauthClientStore);
    await admin.call('POST', 'clients', { id: 'paused', ...app, redirectUris: ['https://paused.example/cb'] });
    expect(await store.find('paused')).toBeDefined();
    expect(await store.isRegisteredOrigin('https://paused.example')).toBe(true);
    await admin.call('PUT', 'clients/paused', { ...app, redirectUris: ['https://paused.example/cb'], disabled: true });
    expect(await store.find('paused')).toBeUndefined();
    expect(await store.isRegisteredOrigin('https://paused.example')).toBe(false);
    expect((await admin.call('GET', 'clients/paused')).body).toMatchObject({ disabled: true });
  });

  it('is listed in pages', async () => {
    for (const id of ['page-a', 'page-b', 'page-c']) await admin.call('POST', 'clients', { id, ...app });
    const first = await admin.call('GET', 'clients?after=page&count=2');
    expect(first.body).toMatchObject({ clients: [{ id: 'page-a' }, { id: 'page-b' }], next: 'page-b' });
    const second = await admin.call('GET', 'clients?after=page-b&count=2');
    expect(second.body).toMatchObject({ clients: [{ id: 'page-c' }, { id: 'paused' }] });
    expect((await admin.call('GET', 'clients?count=0')).status).toBe(400);
    expect((await admin.call('GET', 'clients?page=2')).status).toBe(400);
  });

  it.each([
    [{ ...app, id: 'admin' }, 'There is a user of the name admin'],
    [{ ...app, id: 'lanyard-login' }, 'belongs to this server'],
    [{ ...app, id: 'a/b' }, 'The id of a client has'],
    [{ ...app, id: 7 }, 'id is a text'],
    [{ ...app, scopes: 'system/*.rs' }, 'is for machines'],
    [{ ...app, secretHash: '$sha256$' }, 'A client has no "secretHash"'],
    [{ ...app, redirectUris: ['http://app.example/'] }, 'is http'],
  ])('is refused as %j', async (form, why) => {
    const answer = await admin.call('POST', 'clients', form);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: expect.stringMatching(/^invalid_/),
      error_description: expect.stringContaining(why),
    });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
  });

  it('has an id that nobody else has', async () => {
    await admin.call('POST', 'clients', { id: 'taken', ...app });
    const again = await admin.call('POST', 'clients', { id: 'taken', ...app });
    expect(again).toMatchObject({ status: 409, body: { error: 'conflict' } });
  });

  it.each([
    ['application/x-www-form-urlencoded', 'name=a', 415],
    ['application/json', '[]', 400],
    ['application/json', '{"name":"a","name":"b"}', 400],
  ])('is not read from %s %s', async (contentType, body, status) => {
    const answer = await server.call('POST', '/oauth2/clients', {
      token: admin.token,
      body,
      headers: { 'content-type': contentType },
    });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('OperationOutcome');
  });

  it('is found by another server on the same database within seconds, and its change too', async () => {
    const other = await startServer({}, [], { ...server.database, drop: async () => undefined });
    try {
      const there = other.app.get(OauthClientStore);
      const made = await admin.call('POST', 'clients', { id: 'shared', ...app });
      expect(made.status).toBe(201);
      expect(await there.find('shared')).toMatchObject({ name: 'Growth chart' });
      await admin.call('DELETE', 'clients/shared');
      expect(await server.app.get(OauthClientStore).find('shared')).toBeUndefined();
      await withinFiveSeconds(
        () => there.find('shared'),
        (client) => client === undefined,
      );
    } finally {
      await other.close();
    }
  });
});

describe('a user', () => {
  it('is made with a password that is shown once, changed and disabled', async () => {
    const made = await admin.call('POST', 'users', {
      name: 'dr-jane',
      grants: 'user/*.rs',
      fhirUser: 'Practitioner/p1',
    });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: 'http://localhost:3000/oauth2/users/dr-jane', 'cache-control': 'no-store' },
      body: { name: 'dr-jane', grants: ['user/*.rs'], fhirUser: 'Practitioner/p1', disabled: false },
    });
    const { password } = made.body as { password: string };
    const token = await logIn(server, 'dr-jane', password);
    expect((await server.call('GET', 'Patient', { token })).status).toBe(200);
    const read = await admin.call('GET', 'users/dr-jane');
    expect(read.text).not.toMatch(/password|scrypt/i);

    await admin.call('PATCH', 'users/dr-jane', { grants: ['user/Patient.r'], fhirUser: null });
    expect((await server.call('GET', 'Patient', { token })).status).toBe(401);
    expect((await admin.call('GET', 'users/dr-jane')).body).toMatchObject({ grants: ['user/Patient.r'] });
    expect((await admin.call('GET', 'users/dr-jane')).body).not.toHaveProperty('fhirUser');

    await admin.call('PATCH', 'users/dr-jane', { password: 'another password' });
    await expect(logIn(server, 'dr-jane', password)).rejects.toThrow('login-failed');
    await logIn(server, 'dr-jane', 'another password');
    await admin.call('PATCH', 'users/dr-jane', { disabled: true });
    await expect(logIn(server, 'dr-jane', 'another password')).rejects.toThrow('login-failed');
    await admin.call('PATCH', 'users/dr-jane', { disabled: false });
    await logIn(server, 'dr-jane', 'another password');
  });

  it('is listed', async () => {
    const { body } = await admin.call('GET', 'users?count=1');
    expect(body).toMatchObject({ users: [{ name: 'admin' }], next: 'admin' });
  });

  it.each([
    [{ name: 'a:b', grants: [] }, 'no colon'],
    [{ name: 'x', grants: 'system/*.cruds' }, 'write user/*.cruds'],
    [{ name: 'x', grants: 'user/patient.rs' }, 'did you mean Patient?'],
    [{ name: 'x', grants: [], fhirUser: 'nobody' }, 'relative reference'],
    [{ name: 'x', grants: [], password: 'short' }, '8 characters'],
    [{ name: 'x', grants: [], passwordHash: 'x' }, 'A user has no "passwordHash"'],
    [{ grants: [] }, 'name is missing'],
    [{ name: 'taken', grants: [] }, 'There is a client with the id taken'],
    [{ name: 'admin', grants: [] }, 'There is a user admin already'],
  ])('is refused as %j', async (form, why) => {
    const answer = await admin.call('POST', 'users', form);
    expect(answer.status).toBe(400);
    expect((answer.body as { error_description: string }).error_description).toContain(why);
  });

  it.each([
    { disabled: true },
    { grants: 'user/*.rs' },
    { fhirUser: 'Practitioner/p1' },
    { clearance: 'V' },
    { breakGlass: true },
    { consentExempt: true },
  ])('does not change what decides his own rights: %j', async (change) => {
    const answer = await admin.call('PATCH', 'users/admin', change);
    expect(answer).toMatchObject({
      status: 403,
      body: {
        error_description: expect.stringContaining(
          `beyond-own-rights: You would change your own ${Object.keys(change)[0]}`,
        ),
      },
    });
    expect((await admin.call('GET', 'users/admin')).body).toMatchObject({ disabled: false });
  });

  it('is not found under a name that nobody has', async () => {
    expect((await admin.call('GET', 'users/nobody')).status).toBe(404);
    expect((await admin.call('PATCH', 'users/nobody', { disabled: true })).status).toBe(404);
  });
});

describe('who may manage', () => {
  const routes = [
    ['GET', 'clients', 'admin/Client.s'],
    ['POST', 'clients', 'admin/Client.c'],
    ['GET', 'clients/taken', 'admin/Client.r'],
    ['PUT', 'clients/taken', 'admin/Client.u'],
    ['DELETE', 'clients/taken', 'admin/Client.d'],
    ['POST', 'clients/taken/secret', 'admin/Client.u'],
    ['GET', 'users', 'admin/User.s'],
    ['POST', 'users', 'admin/User.c'],
    ['GET', 'users/admin', 'admin/User.r'],
    ['PATCH', 'users/admin', 'admin/User.u'],
    ['DELETE', 'users/admin/second-factors', 'admin/User.u'],
    ['DELETE', 'users/admin/sessions', 'admin/User.u'],
    ['GET', 'policies', 'admin/Policy.s'],
    ['GET', 'policies/taken', 'admin/Policy.r'],
    ['GET', 'policies/taken/history', 'admin/Policy.r'],
    ['PUT', 'policies/taken', 'admin/Policy.u'],
    ['DELETE', 'policies/taken', 'admin/Policy.d'],
    ['GET', 'policy-groups', 'admin/Policy.s'],
    ['GET', 'policy-groups/taken/history', 'admin/Policy.r'],
    ['PUT', 'policy-groups/taken', 'admin/Policy.u'],
    ['DELETE', 'policy-groups/taken', 'admin/Policy.d'],
    ['POST', 'registration-tokens', 'admin/Client.c'],
  ] as const;

  it.each(routes)('nobody without a token: %s %s', async (method, path) => {
    const answer = await admin.call(method, path, undefined, '');
    expect(answer).toMatchObject({
      status: 401,
      body: { error: 'invalid_token', error_description: expect.stringContaining('no-credentials') },
    });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  it.each(routes)('not a user with all data and no right to administer: %s %s %s', async (method, path, right) => {
    const answer = await admin.call(method, path, undefined, await reader());
    expect(answer).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    expect((answer.body as { error_description: string }).error_description).toContain(
      `administrator-needed: The token does not carry ${right} (`,
    );
    expect(answer.headers['www-authenticate']).toContain(`scope="${right}"`);
  });

  it('not an administrator with a token that was narrowed', async () => {
    const narrowed = await logIn(server, 'admin', adminPassword, 'user/Patient.cruds');
    expect((await admin.call('GET', 'clients', undefined, narrowed)).body).toMatchObject({
      error_description: expect.stringContaining('does not carry admin/Client.s'),
    });
  });

  it('a user of another issuer that names administrators, as far as its token goes', async () => {
    const foreign = server.token('user/*.cruds admin/Client.rs', { sub: 'somebody' });
    expect((await admin.call('GET', 'clients', undefined, foreign)).status).toBe(200);
    expect((await admin.call('GET', 'users', undefined, foreign)).status).toBe(403);
  });

  it('not who was an administrator once', async () => {
    await admin.call('POST', 'users', { name: 'deputy', grants: 'admin/Client.rs', password: 'deputy password' });
    const token = await logIn(server, 'deputy', 'deputy password');
    expect((await admin.call('GET', 'clients', undefined, token)).status).toBe(200);
    await admin.call('PATCH', 'users/deputy', { grants: 'user/*.rs' });
    expect((await admin.call('GET', 'clients', undefined, token)).status).toBe(401);
  });

  let readerToken: Promise<string> | undefined;
  const reader = (): Promise<string> =>
    (readerToken ??= admin
      .call('POST', 'users', { name: 'reader', grants: 'user/*.cruds', password: 'reader password' })
      .then(() => logIn(server, 'reader', 'reader password')));
});
