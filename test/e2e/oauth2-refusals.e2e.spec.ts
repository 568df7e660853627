import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { Browser } from '../support/browser.js';
import { assertionOf, makeClientKey, type ClientKey } from '../support/client-key.js';
import {
  adminToken,
  authorize,
  authorizeUrl,
  basic,
  callback,
  createUser,
  exchange,
  post,
  read,
  refresh,
  registerClient,
  startOauthServer,
  store,
  type OauthServer,
  type Parameters,
} from '../support/oauth-server.js';
import { aPatient } from '../support/resources.js';

let server: OauthServer;
let app: string;
let key: ClientKey;

const scope = 'openid fhirUser offline_access launch/patient patient/*.rs';
const challenge = 'x'.repeat(43);

beforeAll(async () => {
  server = await startOauthServer({ JWKS_ALLOW_PRIVATE: '127.0.0.1' });
  app = (await registerClient(server)).client.id;
  key = await makeClientKey('ES384');
  await createUser(server, { name: 'pia', fhirUser: 'Patient/p1', grants: 'user/*.rs' });
  await createUser(server, { name: 'ines', fhirUser: 'Practitioner/ines' });
  for (const id of ['p1', 'p2']) await store(server, { ...aPatient(), id });
  await store(server, { resourceType: 'Practitioner', id: 'ines' });
});
afterAll(() => server?.close());

const launch = async (parameters: Parameters = {}, client = app) =>
  (await exchange(server, client, await authorize(server, client, { scope, login_hint: 'pia', ...parameters }))).body;

const asymmetric = async (metadata = {}) =>
  (
    await registerClient(server, {
      kind: 'confidential-asymmetric',
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes: ['system/Patient.rs'],
      jwks: { keys: [{ ...key.jwk }] },
      ...metadata,
    })
  ).client.id;

describe('a token of one kind never counts as one of another', () => {
  it('at the FHIR API', async () => {
    const found = await authorize(server, app, { scope, login_hint: 'pia' });
    expect(await read(server, 'Patient/p1', found.answer.get('code')!)).toBe(401);
    const { body } = await exchange(server, app, found);
    for (const token of [body.id_token, body.refresh_token]) expect(await read(server, 'Patient/p1', token)).toBe(401);
  });

  it('at the introspection endpoint', async () => {
    const { id_token: token } = await launch();
    expect((await post(`${server.oauth}/introspect`, { token })).body).toEqual({ active: false });
  });

  it('at the token endpoint', async () => {
    const body = await launch();
    for (const token of [body.access_token, body.id_token]) {
      expect((await refresh(server, app, token)).body.error).toBe('invalid_grant');
    }
    const assertion = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: body.id_token,
    };
    const form = { grant_type: 'client_credentials', scope: 'system/*.rs', ...assertion };
    expect((await post(`${server.oauth}/token`, form)).body.error).toBe('invalid_client');
  });
});

it('a token request of nobody is told how clients prove who they are', async () => {
  for (const form of [{}, { grant_type: 'authorization_code', code: 'x' }]) {
    const { status, body } = await post(`${server.oauth}/token`, form);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    expect(body.error_description).toMatch(/^client-authentication-failed: .*Public clients send only client_id/);
  }
});

describe('a token request cannot have more than the user gave', () => {
  it.each([
    ['scope', { scope: 'patient/*.cruds user/*.cruds' }],
    ['patient', { patient: 'p2', launch: 'p2', fhirUser: 'Practitioner/ines' }],
    ['claims', { claims: '{"id_token":{"sub":{"value":"ines"}}}', sub: 'ines', username: 'ines' }],
  ])('by the parameter %s', async (_, more) => {
    const found = await authorize(server, app, { scope, login_hint: 'pia' });
    const { status, body } = await exchange(server, app, found, more);
    expect([status, body.scope, body.patient]).toEqual([200, scope, 'p1']);
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: 'pia', patient: 'p1', scope });
    const again = await refresh(server, app, body.refresh_token, { ...more, scope: undefined });
    expect([again.body.scope, decodeJwt(again.body.access_token)['patient']]).toEqual([scope, 'p1']);
  });

  it('by a refresh, which says how to get more', async () => {
    const found = await authorize(server, app, { scope, login_hint: 'pia' });
    const { body } = await exchange(server, app, found);
    const again = await refresh(server, app, body.refresh_token, { scope: 'patient/*.cruds' });
    expect([again.status, again.body.error]).toEqual([400, 'invalid_scope']);
    expect(again.body.error_description).toMatch(/^scope-beyond-grant: .*begin a new authorization request/);
  });

  it('for another server', async () => {
    const found = await authorize(server, app, { scope, login_hint: 'pia' });
    const { body } = await exchange(server, app, found, { resource: 'https://other.example/fhir' });
    expect([body.error, body.access_token]).toEqual(['invalid_target', undefined]);
  });

  it('after the registration has shrunk', async () => {
    const { client } = await registerClient(server, { scopes: ['launch/patient', 'offline_access', 'patient/*.rs'] });
    const asked = 'launch/patient offline_access patient/*.rs';
    const found = await authorize(server, client.id, { scope: asked, login_hint: 'pia' });
    const { body } = await exchange(server, client.id, found);
    const scopes = ['launch/patient', 'offline_access', 'patient/Patient.rs'];
    await server.app.get(OauthClientStore).replace(client.id, { ...client, scopes });
    const less = await refresh(server, client.id, body.refresh_token);
    expect(String(less.body.scope).split(' ')).not.toContain('patient/*.rs');
    expect(await read(server, 'Observation?patient=p1', less.body.access_token)).toBeGreaterThan(400);
  });

  it('after the account is disabled between the login and the exchange', async () => {
    await createUser(server, { name: 'leaving', grants: 'user/*.rs' });
    const found = await authorize(server, app, { scope: 'user/Patient.rs', login_hint: 'leaving' });
    await server.app.get(LocalAccounts).disable('leaving');
    const { status, body } = await exchange(server, app, found);
    expect([status, body.error, body.access_token]).toEqual([400, 'invalid_grant', undefined]);
  });

  it('after the client is disabled between the login and the exchange', async () => {
    const { client } = await registerClient(server);
    const found = await authorize(server, client.id, { scope: 'user/Patient.rs', login_hint: 'ines' });
    await server.app.get(OauthClientStore).replace(client.id, { ...client, disabled: true });
    const { status, body } = await exchange(server, client.id, found);
    expect([status, body.access_token]).toEqual([401, undefined]);
  });

  it('after the patient is gone', async () => {
    await store(server, { ...aPatient(), id: 'short' });
    await createUser(server, { name: 'sam', fhirUser: 'Patient/short', grants: 'user/*.rs' });
    const body = await launch({ login_hint: 'sam' });
    expect(body.patient).toBe('short');
    await server.call('DELETE', 'Patient/short', { token: await adminToken(server) });
    const again = await refresh(server, app, body.refresh_token);
    expect([again.status, again.body.access_token]).toEqual([400, undefined]);
  });
});

describe('the own resource of the user', () => {
  it('is read with the scope fhirUser, and not without', async () => {
    const asked = 'openid launch/patient patient/Patient.rs';
    const without = await launch({ scope: asked, login_hint: 'ines' });
    expect(await read(server, 'Practitioner/ines', without.access_token)).toBe(403);
    const withIt = await launch({ scope: `${asked} fhirUser`, login_hint: 'ines' });
    expect(await read(server, 'Practitioner/ines', withIt.access_token)).toBe(200);
  });
});

describe('a client', () => {
  it('cannot prove that it is another one', async () => {
    const [one, two] = [await asymmetric(), await asymmetric()];
    const form = { grant_type: 'client_credentials', scope: 'system/Patient.rs' };
    const own = await assertionOf(one, `${server.oauth}/token`, key);
    expect((await post(`${server.oauth}/token`, { ...form, ...own, client_id: two })).status).toBeGreaterThan(399);
    const { client, secret = '' } = await registerClient(server, { kind: 'confidential-symmetric' });
    const found = await authorize(server, app, { scope, login_hint: 'pia' });
    const code = { grant_type: 'authorization_code', redirect_uri: callback, code_verifier: found.verifier };
    const mixed = { ...code, code: found.answer.get('code')!, client_id: app };
    const { body } = await post(`${server.oauth}/token`, mixed, basic(client.id, secret));
    expect(body.access_token).toBeUndefined();
  });

  it('cannot prove itself with a method that it is not registered for', async () => {
    const { client, secret = '' } = await registerClient(server, { kind: 'confidential-symmetric' });
    const signed = await asymmetric({
      grantTypes: ['authorization_code'],
      redirectUris: [callback],
      scopes: ['user/*.rs'],
    });
    const forms: readonly (readonly [string, Parameters, Record<string, string>])[] = [
      [client.id, { client_id: client.id }, {}],
      [signed, { client_id: signed }, {}],
      [signed, { client_id: signed, client_secret: secret }, {}],
      [signed, {}, basic(signed, secret)],
      [app, {}, basic(app, '')],
      [app, await assertionOf(app, `${server.oauth}/token`, key), {}],
    ];
    for (const [id, proof, headers] of forms) {
      const found = await authorize(server, id, { scope: 'user/Patient.rs', login_hint: 'ines' });
      const form = { grant_type: 'authorization_code', code: found.answer.get('code')!, redirect_uri: callback };
      const { status, body } = await post(
        `${server.oauth}/token`,
        { ...form, code_verifier: found.verifier, ...proof },
        headers,
      );
      expect([400, 401]).toContain(status);
      expect(body).toEqual({
        error: expect.stringMatching(/^invalid_(?:client|request)$/),
        error_description: expect.any(String),
      });
    }
  });

  it.each(['public', 'confidential-symmetric', 'confidential-asymmetric'] as const)(
    'that is %s needs PKCE',
    async (kind) => {
      const { client } = await registerClient(server, {
        kind,
        ...(kind === 'confidential-asymmetric' && { jwks: { keys: [{ ...key.jwk }] } }),
      });
      for (const change of [
        { code_challenge: undefined, code_challenge_method: undefined },
        { code_challenge: '' },
        { code_challenge_method: 'plain' },
        { code_challenge_method: undefined },
      ]) {
        const { location } = await new Browser().follow(authorizeUrl(server, client.id, change, challenge), server.url);
        expect([new URL(location!).searchParams.get('error'), location]).toEqual([
          'invalid_request',
          expect.not.stringContaining('code='),
        ]);
        expect(new URL(location!).searchParams.get('error_description')).toBe(
          'pkce-missing: the request has no code_challenge with code_challenge_method=S256 (PKCE). Make a random code_verifier of 43 to 128 ' +
            'characters for each request, send its SHA-256 in base64url as code_challenge with code_challenge_method=S256, and the code_verifier with the code.',
        );
      }
    },
  );

  it.each([
    'user/*.rs',
    'patient/*.rs',
    'openid fhirUser',
    'offline_access',
    'system/*.cruds',
    'system/Observation.rs',
    '',
    '*/*.*',
  ])('gets nothing for itself beyond its registration: %j', async (asked) => {
    const proof = await assertionOf(await asymmetric(), `${server.oauth}/token`, key);
    const { body } = await post(`${server.oauth}/token`, { grant_type: 'client_credentials', scope: asked, ...proof });
    expect([body.error, body.access_token]).toEqual(['invalid_scope', undefined]);
  });
});

describe('keys at an address that leads on to another', () => {
  let keys: Server;
  let elsewhere: Server;
  let asked = 0;

  beforeAll(async () => {
    elsewhere = createServer((_request, response) => {
      asked++;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key.jwk] }));
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as AddressInfo;
    keys = createServer((_request, response) => {
      response.writeHead(302, { location: `http://localhost:${port}/keys` }).end();
    });
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    keys.close();
    elsewhere.close();
  });

  it('are not fetched from there', async () => {
    const jwksUri = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys`;
    const id = await asymmetric({ jwks: undefined, jwksUri });
    const proof = await assertionOf(id, `${server.oauth}/token`, key);
    const { status, body } = await post(`${server.oauth}/token`, {
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      ...proof,
    });
    expect([status, body.access_token, asked]).toEqual([401, undefined, 0]);
  });
});

describe('scopes that nobody could decide about', () => {
  const many = (count: number, nameOf: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => nameOf(i)).join(' ');

  it.each([
    ['400 scopes', many(400, (i) => `user/Patient.rs?identifier=${i}`), null],
    ['401 scopes', many(401, (i) => `user/Patient.rs?identifier=${i}`), 'invalid_scope'],
    ['8 wildcards', many(8, (i) => `user/*.rs?identifier=${i}`), null],
    ['9 wildcards', many(9, (i) => `user/*.rs?identifier=${i}`), 'invalid_scope'],
  ])('are refused when they are too many: %s', async (_, asked, error) => {
    const body = new URL(authorizeUrl(server, app, { scope: asked, login_hint: 'ines' }, challenge)).searchParams;
    const end = await new Browser().follow(`${server.oauth}/authorize`, server.url, { method: 'POST', body });
    const answer = new URL(end.location!).searchParams;
    expect([answer.get('error'), answer.has('code')]).toEqual([error, error === null]);
  });
});

describe('a redirect address', () => {
  it('of the exchange is the one of the request, port included', async () => {
    const native = (await registerClient(server, { redirectUris: ['http://127.0.0.1/callback'] })).client.id;
    const at = (port: number) => `http://127.0.0.1:${port}/callback`;
    const found = await authorize(server, native, { scope, login_hint: 'pia', redirect_uri: at(50_123) });
    const { status, body } = await exchange(server, native, found, { redirect_uri: at(50_124) });
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it.each([
    'http://127.0.0.1@evil.example/callback',
    'http://127.0.0.1:80@evil.example/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://user@127.0.0.1:5/callback',
    'http://[::1]:5/callback',
    'https://127.0.0.1:5/callback',
    'http://127.0.0.1:5/callback?next=https://evil.example',
    'http://127.0.0.1:5/callback#x',
    'http://127.0.0.1:5/callback/../other',
    'http://127.0.0.1:5\\@evil.example/callback',
    'http://2130706433:5/other',
    'http://localhost:5/callback',
  ])('of a native app is on this machine and the registered one but for its port: not %s', async (address) => {
    const native = (await registerClient(server, { redirectUris: ['http://127.0.0.1/callback'] })).client.id;
    const url = authorizeUrl(server, native, { scope, login_hint: 'pia', redirect_uri: address }, challenge);
    const end = await new Browser().follow(url, server.url);
    expect([end.status, end.location]).toEqual([400, undefined]);
  });

  it('of the logout leads nowhere else', async () => {
    const { browser } = await authorize(server, app, { scope, login_hint: 'pia' });
    const { id_token: hint } = await launch();
    for (const address of [
      'https://evil.example/',
      '//evil.example',
      'https://app.example/callback',
      'javascript:alert(1)',
    ]) {
      for (const more of [{}, { client_id: app }, { id_token_hint: hint }]) {
        const query = new URLSearchParams({ post_logout_redirect_uri: address, state: 's', ...more } as never);
        const end = await browser.follow(`${server.oauth}/logout?${query.toString()}`, server.url);
        expect([address, end.location]).toEqual([address, undefined]);
        expect(end.text).not.toContain('evil.example');
      }
    }
  });

  it('is asked of nobody by its Host or a forwarded one', async () => {
    for (const headers of [
      { host: 'evil.example' },
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      { forwarded: 'host=evil.example;proto=https' },
    ]) {
      const { pathname, search } = new URL(authorizeUrl(server, app, { scope }, challenge));
      const answer = await server.call('GET', `${pathname}${search}`, { headers });
      expect(answer.headers['location'] ?? server.oauth).toMatch(new RegExp(`^${server.oauth}`));
      expect(answer.text).not.toContain('evil.example');
    }
  });
});

describe('a browser', () => {
  it('that has the session of an attacker gets one of its own with the login, and the attacker nothing', async () => {
    const attacker = await authorize(server, app, { scope: 'user/Patient.rs', login_hint: 'ines' });
    const planted = await attacker.browser.fetch(`${server.oauth}/logout`);
    expect(planted.status).toBe(200);
    // The victim's browser starts with all cookies of the attacker's.
    const victim = attacker.browser.copy();
    await authorize(server, app, { scope, login_hint: 'pia' }, victim);
    expect(victim.cookie('lanyard_session')).not.toBe(attacker.browser.cookie('lanyard_session'));
    const silent = { scope: 'openid', prompt: 'none' };
    const { answer } = await authorize(server, app, silent, attacker.browser);
    expect([answer.get('code'), answer.get('error')]).toEqual([null, expect.stringMatching(/_required$/)]);
  });

  it('cannot finish the login that another one began', async () => {
    const other = new Browser();
    const begun = await other.fetch(authorizeUrl(server, app, { scope, login_hint: 'pia' }, challenge));
    const decided = await other.fetch(begun.headers.get('location')!);
    const resume = decided.headers.get('location')!;
    expect(resume).toContain('/oauth2/authorize/');
    const stolen = await new Browser().fetch(resume);
    expect([stolen.status, stolen.headers.get('location')]).toEqual([400, null]);
    expect((await other.follow(resume, server.url)).location).toContain('code=');
    const again = await other.follow(resume, server.url);
    expect(again.location ?? '').not.toContain('code=');
  });

  it('is shown what an app sent as text, also in the form that posts the answer', async () => {
    const state = '"><script>alert(1)</script>';
    const url = authorizeUrl(server, app, { scope, login_hint: 'pia', response_mode: 'form_post', state }, challenge);
    const { text } = await new Browser().follow(url, server.url);
    expect(text).toContain('name="code"');
    expect(text).toContain(`action="${callback}"`);
    expect(text).not.toContain('<script>alert');
  });
});
