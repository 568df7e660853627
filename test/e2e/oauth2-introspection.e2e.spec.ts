import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Launches } from '../../src/oauth2/launch/launch-context.js';
import {
  adminToken,
  authorize,
  basic,
  createUser,
  exchange,
  post,
  registerClient,
  startOauthServer,
  store,
  type OauthServer,
  type Parameters,
} from '../support/oauth-server.js';
import { aPatient } from '../support/resources.js';

let server: OauthServer;
let app: string;
let own: { readonly id: string; readonly secret: string };
let watcher: { readonly id: string; readonly secret: string };

const scope = 'launch openid fhirUser offline_access patient/*.rs';

beforeAll(async () => {
  server = await startOauthServer();
  app = (await registerClient(server)).client.id;
  own = await confidential();
  watcher = await confidential({ introspects: true });
  await createUser(server, { name: 'pia', fhirUser: 'Patient/p1', grants: 'user/*.rs' });
  await store(server, { ...aPatient(), id: 'p1' });
});
afterAll(() => server?.close());

async function confidential(metadata = {}) {
  const { client, secret = '' } = await registerClient(server, { kind: 'confidential-symmetric', ...metadata });
  return { id: client.id, secret };
}

const ask = (parameters: Parameters, headers = {}, at = server) => post(`${at.oauth}/introspect`, parameters, headers);
const asWatcher = () => basic(watcher.id, watcher.secret);

async function launch() {
  const value = await server.app.get(Launches).create({
    clientId: app,
    user: 'pia',
    context: { patient: 'p1', encounter: 'e1', intent: 'look', fhirContext: [{ reference: 'ServiceRequest/s1' }] },
  });
  return (await exchange(server, app, await authorize(server, app, { scope, launch: value }))).body;
}

describe('a token of a user', () => {
  it('carries the purpose that its app is registered for', async () => {
    const { client } = await registerClient(server, { purposeOfUse: 'HPAYMT' });
    const context = { patient: 'p1' };
    const value = await server.app.get(Launches).create({ clientId: client.id, user: 'pia', context });
    const { body } = await exchange(server, client.id, await authorize(server, client.id, { scope, launch: value }));
    expect(decodeJwt(body.access_token)).toMatchObject({ purpose_of_use: 'HPAYMT' });
  });
});

describe('introspection', () => {
  it('says of an access token what the app was told, and who the user is', async () => {
    const body = await launch();
    const { status, headers, body: found } = await ask({ token: body.access_token }, asWatcher());
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { sub, iss, exp } = decodeJwt(body.id_token);
    expect(exp).toBeTypeOf('number');
    expect(found).toEqual({
      active: true,
      scope: body.scope,
      client_id: app,
      sub,
      iss,
      aud: server.fhir,
      token_type: 'Bearer',
      exp: decodeJwt(body.access_token).exp,
      iat: decodeJwt(body.access_token).iat,
      jti: decodeJwt(body.access_token).jti,
      fhirUser: `${server.fhir}/Patient/p1`,
      patient: 'p1',
      encounter: 'e1',
      intent: 'look',
      fhirContext: [{ reference: 'ServiceRequest/s1' }],
    });
  });

  it('knows refresh tokens, and tokens of the login', async () => {
    const body = await launch();
    const refreshToken = await ask({ token: body.refresh_token, token_type_hint: 'refresh_token' }, asWatcher());
    expect(refreshToken.body).toMatchObject({
      active: true,
      client_id: app,
      sub: 'pia',
      patient: 'p1',
      scope: body.scope,
    });
    const login = await ask({ token: await adminToken(server) }, asWatcher());
    expect(login.body).toMatchObject({ active: true, sub: 'admin', client_id: 'lanyard-login' });
  });

  it.each([['invalid_token_value'], ['a.b.c'], ['eyJhbGciOiJub25lIn0.e30.']])(
    'of %s is false and nothing else',
    async (token) => {
      const { status, body } = await ask({ token }, asWatcher());
      expect([status, body]).toEqual([200, { active: false }]);
    },
  );

  it('of a forged, revoked or foreign token is false and nothing else', async () => {
    const body = await launch();
    const forged = `${body.access_token.slice(0, -6)}AAAAAA`;
    expect((await ask({ token: forged }, asWatcher())).body).toEqual({ active: false });
    expect((await ask({ token: body.id_token }, asWatcher())).body).toEqual({ active: false });
    expect((await ask({ token: server.token('user/*.rs') }, asWatcher())).body).toEqual({ active: false });
    await post(`${server.oauth}/revoke`, { token: body.refresh_token, client_id: app });
    for (const token of [body.access_token, body.refresh_token]) {
      expect((await ask({ token }, asWatcher())).body).toEqual({ active: false });
    }
  });

  it('tells a client about its own tokens only, unless it is registered to ask', async () => {
    const body = await launch();
    expect((await ask({ token: body.access_token }, basic(own.id, own.secret))).body).toEqual({ active: false });
    expect((await ask({ token: body.access_token, client_id: app })).body.active).toBe(true);
  });

  it('takes an access token as proof of who asks', async () => {
    const body = await launch();
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const other = await launch();
    expect((await ask({ token: other.access_token }, bearer(body.access_token))).body.active).toBe(true);
    const found = await authorize(server, app, { scope: 'user/Patient.rs' });
    const admin = (await exchange(server, app, found)).body.access_token;
    expect((await ask({ token: body.access_token }, bearer(admin))).body).toEqual({ active: false });
    const { status, headers } = await ask({ token: body.access_token }, bearer('garbage'));
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Bearer error="invalid_token"/),
    ]);
  });

  it('refuses a client with a wrong secret, and a request without a token', async () => {
    const body = await launch();
    const wrong = await ask({ token: body.access_token }, basic(watcher.id, 'wrong'));
    expect([wrong.status, wrong.body.error, wrong.body.active]).toEqual([401, 'invalid_client', undefined]);
    expect((await ask({}, asWatcher())).status).toBe(400);
  });

  it('answers anybody under the autopilot, and nobody else without it', async () => {
    const body = await launch();
    expect((await ask({ token: body.access_token })).body.active).toBe(true);
    expect((await ask({ token: 'invalid_token_value' })).body).toEqual({ active: false });
    const strict = await startOauthServer(
      { INTERACTION_AUTOPILOT: 'off', PUBLIC_URL: server.url },
      { ...server.database, drop: async () => undefined },
    );
    try {
      const refused = await ask({ token: body.access_token }, {}, strict);
      expect([refused.status, refused.body.active]).toEqual([400, undefined]);
      expect((await ask({ token: body.access_token }, asWatcher(), strict)).body.active).toBe(true);
    } finally {
      await strict.close();
    }
  });
});
