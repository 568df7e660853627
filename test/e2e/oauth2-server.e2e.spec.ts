import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { SigningKeys } from '../../src/auth/keys/signing-keys.js';
import { ExpiredOauthRepository } from '../../src/oauth2/storage/expired-oauth.repository.js';
import { Browser } from '../support/browser.js';
import {
  authorize,
  authorizeUrl,
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
} from '../support/oauth-server.js';
import { aPatient } from '../support/resources.js';
import { startServer } from '../support/server.js';

let server: OauthServer;
let app: string;

beforeAll(async () => {
  server = await startOauthServer();
  app = (await registerClient(server)).client.id;
  await createUser(server, { name: 'pia', fhirUser: 'Patient/p1', grants: 'user/*.rs' });
  await store(server, { ...aPatient(), id: 'p1' });
});
afterAll(() => server?.close());

const scope = 'openid fhirUser launch/patient offline_access patient/*.rs';
const challenge = 'x'.repeat(43);

describe('openid-client', () => {
  it('discovers, logs in, refreshes and revokes', async () => {
    const config = await openid.discovery(new URL(server.oauth), app, undefined, openid.None(), {
      execute: [openid.allowInsecureRequests],
    });
    const verifier = openid.randomPKCECodeVerifier();
    const state = openid.randomState();
    const nonce = openid.randomNonce();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope,
      aud: server.fhir,
      state,
      nonce,
      login_hint: 'pia',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const { location } = await new Browser().follow(url.href, server.url);
    const tokens = await openid.authorizationCodeGrant(config, new URL(location!), {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    expect(tokens.claims()).toMatchObject({ sub: 'pia', fhirUser: `${server.fhir}/Patient/p1` });
    expect(tokens['patient']).toBe('p1');
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);
    expect(await read(server, 'Patient/p1', refreshed.access_token)).toBe(200);
    await openid.tokenRevocation(config, refreshed.refresh_token!);
    expect(await read(server, 'Patient/p1', refreshed.access_token)).toBe(401);
  });
});

describe('several processes', () => {
  it('share logins that have begun, whichever cookies and keys they sign with', async () => {
    const replica = await startOauthServer(
      { PUBLIC_URL: server.url },
      { ...server.database, drop: async () => undefined },
    );
    try {
      const browser = new Browser();
      const begun = await browser.fetch(authorizeUrl(server, app, { scope, login_hint: 'pia' }, challenge));
      const there = begun.headers.get('location')!.replace(server.oauth, replica.oauth);
      const decided = await browser.fetch(there);
      expect(decided.status).toBe(303);
      const { location } = await browser.follow(decided.headers.get('location')!, server.url);
      expect(new URL(location!).searchParams.get('code')).toBeTruthy();
    } finally {
      await replica.close();
    }
  });

  it('refuse a cookie that somebody else made', async () => {
    const begun = await new Browser().fetch(authorizeUrl(server, app, { scope, login_hint: 'pia' }, challenge));
    const page = begun.headers.get('location')!;
    const uid = page.split('/').at(-1)!;
    const [signed] = begun.headers.getSetCookie().filter((line) => line.startsWith('lanyard_interaction.sig='));
    const signature = signed!.split(';', 1)[0]!;
    const forged = [`lanyard_interaction=${uid}`, `lanyard_interaction=${uid}; ${signature.slice(0, -4)}AAAA`];
    for (const cookie of forged) {
      expect((await fetch(page, { headers: { cookie }, redirect: 'manual' })).status).toBe(400);
    }
    const own = await fetch(page, {
      headers: { cookie: `lanyard_interaction=${uid}; ${signature}` },
      redirect: 'manual',
    });
    expect(own.status).toBe(303);
  });
});

describe('a signing key that is replaced', () => {
  it('ends no token and no login', async () => {
    const before = (await exchange(server, app, await authorize(server, app, { scope, login_hint: 'pia' }))).body;
    const database = server.app.get(DataSource);
    const keys = server.app.get(SigningKeys);
    const begun = await authorize(server, app, { scope, login_hint: 'pia' });
    await database.query(`UPDATE signing_key SET activates_at = activates_at - interval '91 days'`);
    await keys.reload();
    await database.query(
      `UPDATE signing_key SET activates_at = now() - interval '1 second' WHERE activates_at > now()`,
    );
    await keys.reload();
    const after = (await exchange(server, app, begun)).body;
    const kid = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid as string;
    expect(kid(after.access_token)).not.toBe(kid(before.access_token));
    expect(kid(after.id_token)).toBe(kid(after.access_token));
    for (const { access_token } of [before, after]) expect(await read(server, 'Patient/p1', access_token)).toBe(200);
    expect((await refresh(server, app, before.refresh_token)).status).toBe(200);
  });
});

describe('what has expired', () => {
  it('is removed an hour later', async () => {
    await authorize(server, app, { scope, login_hint: 'pia' });
    const database = server.app.get(DataSource);
    const count = async () =>
      Number((await database.query<{ count: string }[]>('SELECT count(*) FROM oauth_artifact'))[0]!.count);
    const all = await count();
    await database.query(`UPDATE oauth_artifact SET expires_at = now() - interval '59 minutes'`);
    await server.app.get(ExpiredOauthRepository).purge();
    expect(await count()).toBe(all);
    await database.query(`UPDATE oauth_artifact SET expires_at = now() - interval '61 minutes'`);
    await server.app.get(ExpiredOauthRepository).purge();
    expect(await count()).toBe(0);
  });
});

describe('errors below /oauth2', () => {
  it.each([
    ['GET', 'nothing', undefined, 404],
    ['GET', 'token', undefined, 404],
    ['PUT', 'token', '{}', 404],
    ['POST', 'token', '<a/>', 415],
    ['POST', 'token', 'a'.repeat(70_000), 413],
  ])('%s %s is answered as OAuth says', async (method, path, body, status) => {
    const type = body === '<a/>' ? 'image/png' : 'application/x-www-form-urlencoded';
    const answer = await fetch(`${server.oauth}/${path}`, {
      method,
      ...(body !== undefined && { body, headers: { 'content-type': type } }),
    });
    const json = (await answer.json()) as Record<string, string>;
    expect([answer.status, Object.keys(json)]).toEqual([status, ['error', 'error_description']]);
    expect(JSON.stringify(json)).not.toContain('OperationOutcome');
  });

  it('a JSON body at the token endpoint is refused', async () => {
    const answer = await fetch(`${server.oauth}/token`, {
      method: 'POST',
      body: '{"grant_type":"authorization_code"}',
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([400, 'invalid_request']);
  });

  it('tell nothing of the inside, in HTML neither', async () => {
    const answer = await post(`${server.oauth}/token`, { grant_type: 'x', client_id: 'x' }, { accept: 'text/html' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/json; charset=utf-8']);
  });
});

describe('behind a proxy that is trusted, in production', () => {
  const variables = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://fhir.example',
    TRUSTED_PROXIES: '127.0.0.1',
    ADMIN_PASSWORD: 'correct horse battery',
    KEY_ENCRYPTION_SECRET: 'a secret of sixteen characters and more',
  };

  it('nothing but https counts', async () => {
    const secure = await startServer(variables);
    try {
      const send = (protocol: string, method = 'POST', path = '/oauth2/token') =>
        secure.call(method, path, {
          body: '',
          headers: { 'x-forwarded-proto': protocol, 'content-type': 'application/x-www-form-urlencoded' },
        });
      const refused = await send('http');
      expect([refused.status, refused.body.error_description]).toEqual([400, expect.stringMatching(/^tls-required: /)]);
      expect((await send('https')).body.error_description).not.toContain('tls-required');
      expect((await send('http', 'GET', '/oauth2/authorize')).text).toContain('tls-required');
      expect((await send('http', 'GET', '/oauth2/.well-known/openid-configuration')).status).toBe(200);
    } finally {
      await secure.close();
    }
  });

  it('the autopilot does not start', async () => {
    await expect(startServer({ ...variables, INTERACTION_AUTOPILOT: 'on' })).rejects.toThrow('INTERACTION_AUTOPILOT');
    const all = 'http,generated-password,embedded-database,plain-keys';
    await expect(startServer({ ...variables, INTERACTION_AUTOPILOT: 'on', ALLOW_INSECURE: all })).rejects.toThrow(
      'INTERACTION_AUTOPILOT',
    );
  });

  it('without the autopilot, nobody is let in by its address', async () => {
    const plain = await startServer();
    try {
      expect((await plain.call('GET', '/oauth2/autopilot/x')).status).toBe(404);
    } finally {
      await plain.close();
    }
  });
});
