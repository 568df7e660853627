import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminApi, type AdminApi, logIn } from '../support/admin-api.js';
import { FormBrowser } from '../support/form-browser.js';
import {
  authorize,
  basic,
  createUser,
  exchange,
  type OauthServer,
  read,
  refresh,
  registerClient,
  startOauthServer,
  store,
} from '../support/oauth-server.js';
import { startServer, type TestServer } from '../support/server.js';

/** Rights that change while something that was given before is still around (docs/adr/0038, docs/adr/0056). */
let server: OauthServer;
let replica: TestServer;
let admin: AdminApi;

beforeAll(async () => {
  server = await startOauthServer({ AUTH_BASIC: 'on', REGISTRATION: 'open' });
  const { database, url } = server;
  replica = await startServer({ AUTH_BASIC: 'on', PUBLIC_URL: url }, [], { ...database, drop: async () => undefined });
  admin = await adminApi(server);
  await store(server, { resourceType: 'Patient', id: 'p1' });
});
afterAll(async () => {
  await replica?.close();
  await server?.close();
});

const password = 'correct horse';
const next = 'violet tractor september';
let count = 0;

async function user(grants: string, account: object = {}): Promise<{ readonly name: string; readonly token: string }> {
  const name = `user-${++count}`;
  await createUser(server, { name, grants, ...account });
  return { name, token: await logIn(server, name, password) };
}

const told = (answer: { readonly body: unknown }): string =>
  (answer.body as { readonly error_description: string }).error_description;
const grantsOf = async (name: string) =>
  ((await admin.call('GET', `users/${name}`)).body as { readonly grants: readonly string[] }).grants;

describe('a helpdesk that knows what opens an account', () => {
  it('has no link any more once the user gets a right to administer', async () => {
    const desk = await user('admin/User.u');
    const { name } = await user('user/Patient.r');
    const link = async () =>
      ((await admin.call('POST', `users/${name}/password-link`, undefined, desk.token)).body as { url: string }).url;
    const url = await link();
    expect((await admin.call('PATCH', `users/${name}`, { grants: 'user/Patient.rs' })).status).toBe(200);
    const browser = new FormBrowser();
    const page = await browser.open(url);
    expect(page.title).toBe('Choose a password');
    expect((await admin.call('PATCH', `users/${name}`, { grants: 'admin/Client.r' })).status).toBe(200);
    const late = await browser.submit(page, url.slice(url.lastIndexOf('/')), { new: next, repeat: next });
    expect([late.answer.status, late.title]).toEqual([410, 'This link does not work any more']);
    expect(late.text).toContain('Ask whoever gave you the link for a new one.');
    await logIn(server, name, password);
    const again = await admin.call('POST', `users/${name}/password-link`, undefined, desk.token);
    expect(told(again)).toContain(`${name} administers this server.`);
  });

  it('has no one-time password of somebody who gets such a right', async () => {
    const desk = await user('admin/User.u');
    const { name } = await user('user/Patient.r');
    await admin.call('POST', `users/${name}/one-time-password`, undefined, desk.token);
    const raised = await admin.call('PATCH', `users/${name}`, { grants: 'admin/*.cruds' });
    expect(raised.status).toBe(400);
    expect(told(raised)).toContain('has a one-time password, which whoever made it knows, too.');
    expect(told(raised)).toContain('once the user has signed in with it and chosen another one');
    expect(await grantsOf(name)).toEqual(['user/Patient.r']);
    // Rights that administer nothing are given, and taken, as before.
    expect((await admin.call('PATCH', `users/${name}`, { grants: 'user/Patient.rs' })).status).toBe(200);
    expect((await admin.call('PATCH', `users/${name}`, { grants: 'admin/User.u', password: next })).status).toBe(200);
    await logIn(server, name, next);
    const reset = await admin.call('POST', `users/${name}/one-time-password`);
    expect(reset.status).toBe(201);
    expect((await admin.call('PATCH', `users/${name}`, { grants: 'user/Patient.r' })).status).toBe(200);
  });
});

describe('a user who loses rights', () => {
  it('has them by HTTP Basic no longer, on any server', async () => {
    const { name } = await user('user/*.cruds admin/User.s');
    const ask = (one: TestServer, path: string) => one.call('GET', path, { headers: basic(name, password) });
    for (const one of [server, replica]) expect((await ask(one, 'Patient/p1')).status).toBe(200);
    const lower = { grants: 'user/Observation.r', clearance: 'N' };
    expect((await admin.call('PATCH', `users/${name}`, lower)).status).toBe(200);
    for (const one of [server, replica]) {
      const answer = await ask(one, 'Patient/p1');
      expect(answer.status).toBe(403);
      expect(answer.body.issue[0].details.coding[0].code).toBe('scope-insufficient');
      expect(answer.body.issue[0].details.text).toContain('The token has user/Observation.r');
    }
    expect((await admin.call('PATCH', `users/${name}`, { disabled: true })).status).toBe(200);
    for (const one of [server, replica]) {
      const answer = await ask(one, 'Patient/p1');
      expect([answer.status, answer.body.issue[0].details.coding[0].code]).toEqual([401, 'login-failed']);
    }
  });

  it('has apps that keep nothing of before: access, refresh and offline tokens', async () => {
    const { client } = await registerClient(server);
    const lose = [
      (name: string) => admin.call('PATCH', `users/${name}`, { grants: 'user/Observation.r' }),
      (name: string) => admin.call('PATCH', `users/${name}`, { password: next }),
      (name: string) => admin.call('PATCH', `users/${name}`, { fhirUser: 'Practitioner/other' }),
      (name: string) => admin.call('POST', `users/${name}/one-time-password`),
      (name: string) => admin.call('PATCH', `users/${name}`, { breakGlass: false, clearance: 'L' }),
    ];
    for (const one of lose) {
      const { name } = await user('user/Patient.rs user/Observation.r', { breakGlass: true });
      const asked = await authorize(server, client.id, { scope: 'offline_access user/Patient.rs', login_hint: name });
      const { body } = await exchange(server, client.id, asked);
      expect(await read(server, 'Patient/p1', body.access_token)).toBe(200);
      expect((await one(name)).status).toBeLessThan(300);
      expect(await read(server, 'Patient/p1', body.access_token)).toBe(401);
      const refreshed = await refresh(server, client.id, body.refresh_token);
      expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_grant']);
      expect(refreshed.body.error_description).toMatch(/^(?:grant-ended|code-invalid|refresh-token-invalid): /);
    }
  });

  it('administers no longer with tokens that were revoked, or are of a session that was ended', async () => {
    const { name, token } = await user('admin/User.s');
    expect((await admin.call('GET', 'users', undefined, token)).status).toBe(200);
    await server.call('POST', 'logout', { token });
    const over = await admin.call('GET', 'users', undefined, token);
    expect([over.status, told(over)]).toEqual([401, expect.stringContaining('token-revoked')]);
    const again = await logIn(server, name, password);
    await admin.call('PATCH', `users/${name}`, { grants: 'user/Patient.r' });
    expect((await admin.call('GET', 'users', undefined, again)).status).toBe(401);
  });
});

describe('a name', () => {
  it('never means somebody else: not of a disabled account, not in other letters, not of a client', async () => {
    const { name } = await user('admin/User.s');
    await admin.call('PATCH', `users/${name}`, { disabled: true });
    const again = await admin.call('POST', 'users', { name, grants: 'user/Patient.r' });
    expect([again.status, told(again)]).toEqual([400, expect.stringContaining('There is a user')]);
    // The same letters, composed otherwise.
    expect((await admin.call('POST', 'users', { name: 'ren\u00e9e', grants: '' })).status).toBe(201);
    expect((await admin.call('POST', 'users', { name: 'rene\u0301e', grants: '' })).status).toBe(400);
    const machine = { id: name, name: 'Same', kind: 'confidential-symmetric', scopes: 'system/Patient.r' };
    const client = await admin.call('POST', 'clients', machine);
    expect([client.status, told(client)]).toEqual([400, expect.stringContaining(name)]);
    await admin.call('POST', 'clients', { ...machine, id: 'own-machine' });
    expect((await admin.call('POST', 'users', { name: 'own-machine', grants: '' })).status).toBe(400);
  });
});

describe('an app that registered itself', () => {
  it('cannot take rights to administer, or system scopes, by an update', async () => {
    const form = {
      client_name: 'App',
      redirect_uris: ['https://app.example/cb'],
      token_endpoint_auth_method: 'none',
      scope: 'patient/*.rs',
    };
    const made = (await admin.call('POST', 'register', form, '')).body as Readonly<Record<string, string>>;
    const { client_id: id = '', registration_access_token: token = '' } = made;
    for (const scope of ['admin/User.u', 'patient/*.rs admin/*.cruds', 'system/*.rs']) {
      const answer = await admin.call('PUT', `register/${id}`, { ...form, client_id: id, scope }, token);
      expect([scope, answer.status]).toEqual([scope, 400]);
      expect(told(answer)).toContain('goes beyond what may be registered');
    }
    const clients = await admin.call('GET', `clients/${id}`);
    expect(clients.body).toMatchObject({ scopes: ['patient/*.rs'] });
    // Its registration token administers nothing else.
    expect((await admin.call('GET', 'users', undefined, token)).status).toBe(401);
    expect((await admin.call('PUT', 'register/another', { ...form, client_id: 'another' }, token)).status).toBe(401);
  });
});

describe('a launch', () => {
  it('is used by nobody but its user and its app, and not by who is not linked to the patient', async () => {
    const [{ client }, { client: other }] = [await registerClient(server), await registerClient(server)];
    await store(server, { resourceType: 'Patient', id: 'p2' });
    const [own, stranger] = [
      await user('user/*.rs', { fhirUser: 'Patient/p1' }),
      await user('user/*.rs', { fhirUser: 'Patient/p2' }),
    ];
    const prepare = (body: object, token: string) => admin.call('POST', 'launches', body, token);
    const foreign = await prepare({ client: client.id, patient: 'p2' }, own.token);
    expect([foreign.status, told(foreign)]).toEqual([400, expect.stringContaining('There is no Patient/p2')]);
    expect(told(await prepare({ client: client.id, user: stranger.name }, own.token))).toContain('admin/Launch.c');
    const { launch } = (await prepare({ client: client.id, patient: 'p1' }, own.token)).body as { launch: string };
    const scope = 'launch patient/Patient.rs';
    const ask = (id: string, name: string) => authorize(server, id, { scope, launch, login_hint: name });
    expect((await ask(other.id, own.name)).answer.get('error')).toBe('invalid_request');
    // The autopilot of the tests stands for the pages: whoever is named, a launch is its user's.
    const taken = await ask(client.id, stranger.name);
    const { body } = await exchange(server, client.id, taken);
    expect([body.patient, decodeJwt(body.access_token as string).sub]).toEqual(['p1', own.name]);
    expect((await ask(client.id, own.name)).answer.get('error_description')).toMatch(/^launch-invalid: /);
  });
});
