import { decodeJwt } from 'jose';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { RegistrationTokens } from '../../src/oauth2/clients/registration/registration-tokens.js';
import { assertionOf, type ClientKey, makeClientKey } from '../support/client-key.js';
import {
  adminToken,
  authorize,
  basic,
  createUser,
  exchange,
  type OauthServer,
  type Parameters,
  post,
  refresh,
  registerClient,
  startOauthServer,
  store,
} from '../support/oauth-server.js';
import { aPatient } from '../support/resources.js';
import { reasonsOf } from '../support/outcome.js';

/**
 * The authorization server of another FHIR server: it registers as what it is (RFC 7591), tokens name it (RFC 8707, SMART's `aud`), it
 * asks about them (RFC 7662), and they count nowhere else. docs/adr/0039
 */
let server: OauthServer;
let ward: OauthServer;
let app: string;
let wardClient: Registered;

interface Registered {
  readonly client_id: string;
  readonly client_secret: string;
  readonly registration_access_token: string;
}

const resourceServer = (...resources: readonly string[]) => ({
  client_name: 'Ward',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: [],
  response_types: [],
  resources,
});

const initialToken = async (): Promise<string> => (await server.app.get(RegistrationTokens).create({ uses: 1 })).token;

async function register(metadata: object, token?: string, at = server) {
  return at.call('POST', '/oauth2/register', {
    body: metadata,
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
}

beforeAll(async () => {
  server = await startOauthServer();
  ward = await startOauthServer({
    EMBEDDED_ISSUER: 'off',
    LOGIN: 'off',
    INTERACTION_AUTOPILOT: 'off',
    TRUSTED_ISSUERS: JSON.stringify([{ issuer: server.oauth }]),
  });
  wardClient = (await register(resourceServer(ward.fhir), await initialToken())).body;
  app = (await registerClient(server)).client.id;
  await createUser(server, { name: 'ines', fhirUser: 'Practitioner/ines' });
  await createUser(server, { name: 'pia', fhirUser: 'Patient/p1', grants: 'user/*.rs' });
  await store(server, { ...aPatient(), id: 'p1' });
});
afterAll(async () => {
  await ward?.close();
  await server?.close();
});

const scope = 'openid fhirUser launch/patient offline_access patient/*.rs';

async function launch(parameters: Parameters) {
  const found = await authorize(server, app, { scope, login_hint: 'pia', aud: undefined, ...parameters });
  return found.answer.has('code') ? exchange(server, app, found) : found.answer;
}

async function tokensFor(parameters: Parameters) {
  const answer = await launch(parameters);
  if (answer instanceof URLSearchParams) throw new Error(answer.toString());
  expect(answer.status).toBe(200);
  return answer.body as { access_token: string; refresh_token: string; id_token: string; patient: string };
}

const introspect = async (token: string, { client_id: id, client_secret: secret }: Registered = wardClient) =>
  (await post(`${server.oauth}/introspect`, { token }, basic(id, secret))).body;

const readAt = (at: OauthServer, token: string, path = 'Patient/p1') =>
  at.call('GET', path, { token }).then((answer) => ({ status: answer.status, body: answer.body }));

describe('a server that takes tokens of this one', () => {
  it('registers without grants, scopes and redirect URIs, and names itself', async () => {
    const { body } = await server.call('GET', `/oauth2/register/${wardClient.client_id}`, {
      token: wardClient.registration_access_token,
    });
    expect(body).toMatchObject({
      grant_types: [],
      response_types: [],
      redirect_uris: [],
      scope: '',
      resources: [ward.fhir],
    });
    const asked = await post(
      `${server.oauth}/token`,
      { grant_type: 'client_credentials', scope: 'system/*.rs' },
      basic(wardClient.client_id, wardClient.client_secret),
    );
    expect([asked.status, asked.body.error]).toEqual([400, 'unauthorized_client']);
  });

  it.each([
    ['nothing', [], 'A client without grant types gets no tokens.'],
    ['this server', ['OWN'], 'is this server, which checks its tokens itself'],
    ['an address that is not secure', ['http://ward.example/fhir'], 'is not https'],
    ['an address with a fragment', ['https://ward.example/fhir#x'], 'has a fragment'],
    ['no address', ['ward'], 'is not an absolute URL'],
  ])('is refused with the cure when it names %s', async (_, resources, why) => {
    const named = resources.map((one) => (one === 'OWN' ? server.fhir : one));
    const { status, body } = await register(resourceServer(...named), await initialToken());
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
    expect(body.error_description).toContain(why);
  });

  it('is one client only, whatever the spelling, and the token for registration is kept', async () => {
    const token = await initialToken();
    for (const url of [ward.fhir, `${ward.fhir}/`]) {
      const { status, body } = await register(resourceServer(url), token);
      expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
      expect(body.error_description).toContain('is registered already');
    }
    expect((await register(resourceServer('https://third.example/fhir'), token)).status).toBe(201);
  });

  it('keeps its resource while it is disabled, and the token for registration is kept', async () => {
    const { body: made } = await register(resourceServer('https://closed.example/fhir'), await initialToken());
    await server.app
      .get(DataSource)
      .query('UPDATE oauth_client SET disabled_at = now() WHERE id = $1', [made.client_id]);
    const token = await initialToken();
    const { status, body } = await register(resourceServer('https://closed.example/fhir/'), token);
    expect([status, body.error_description]).toEqual([400, expect.stringContaining('is registered already')]);
    expect((await register(resourceServer('https://fourth.example/fhir'), token)).status).toBe(201);
  });

  it('of several servers that register it at once is one', async () => {
    const tokens = await Promise.all(Array.from({ length: 6 }, initialToken));
    const answers = await Promise.all(
      tokens.map((token, i) => register(resourceServer(`https://race.example/fhir${i % 2 ? '/' : ''}`), token)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('may give resources up, never add one', async () => {
    const { body: made } = await register(
      resourceServer('https://a.example/fhir', 'https://b.example/fhir'),
      await initialToken(),
    );
    const put = (...resources: string[]) =>
      server.call('PUT', `/oauth2/register/${made.client_id}`, {
        token: made.registration_access_token,
        body: { ...resourceServer(...resources), client_id: made.client_id },
        headers: { 'content-type': 'application/json' },
      });
    expect((await put('https://a.example/fhir')).status).toBe(200);
    expect((await put('https://b.example/fhir')).body.error_description).toContain('register again');
  });

  it('is not registered by anybody, even where registration is open to all', async () => {
    const open = await startOauthServer({ REGISTRATION: 'open' });
    try {
      const { status, body } = await register(resourceServer('https://ward.example/fhir'), undefined, open);
      expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
      expect(body.error_description).toContain('lanyard token registration');
      const service = { grant_types: ['client_credentials'], audiences: ['https://ward.example/fhir'] };
      expect((await register(service, undefined, open)).status).toBe(400);
    } finally {
      await open.close();
    }
  });
});

describe('tokens for another server', () => {
  it.each([
    ['aud', () => ({ aud: ward.fhir })],
    ['aud with a slash at the end', () => ({ aud: `${ward.fhir}/` })],
    ['resource', () => ({ resource: ward.fhir })],
    ['both', () => ({ aud: ward.fhir, resource: `${ward.fhir}/` })],
  ])('are asked for with %s and name exactly it', async (_, parameters) => {
    const { access_token: token, id_token: idToken } = await tokensFor(parameters());
    const claims = decodeJwt(token);
    expect([claims.iss, claims.aud, claims['patient']]).toEqual([server.oauth, ward.fhir, 'p1']);
    // The user is the same person there, under the address of that server.
    expect([claims['fhirUser'], decodeJwt(idToken)['fhirUser']]).toEqual(Array(2).fill(`${ward.fhir}/Patient/p1`));
  });

  it('count there, and not here, with the reason', async () => {
    const { access_token: token } = await tokensFor({ aud: ward.fhir });
    // There is no such patient there: the token counts.
    expect((await readAt(ward, token)).status).toBe(404);
    const here = await readAt(server, token);
    expect([here.status, reasonsOf(here as never)]).toEqual([401, ['aud-mismatch']]);
    const { access_token: own } = await tokensFor({ aud: server.fhir });
    expect((await readAt(server, own)).status).toBe(200);
    const there = await readAt(ward, own);
    expect([there.status, reasonsOf(there as never)]).toEqual([401, ['aud-mismatch']]);
  });

  it('carry no right to administer, which is of this server', async () => {
    const { client } = await registerClient(server, { scopes: ['user/*.rs', 'admin/*.cruds'] });
    const asked = { scope: 'user/*.rs admin/User.rs', login_hint: 'admin' };
    const scopesAt = async (aud: string) => {
      const found = await authorize(server, client.id, { ...asked, aud });
      return decodeJwt((await exchange(server, client.id, found)).body.access_token)['scope'];
    };
    expect([await scopesAt(server.fhir), await scopesAt(ward.fhir)]).toEqual(['user/*.rs admin/User.rs', 'user/*.rs']);
  });

  it('stay for it when they are refreshed, and end when it is gone', async () => {
    const { body: third } = await register(resourceServer('https://gone.example/fhir'), await initialToken());
    const first = await tokensFor({ aud: 'https://gone.example/fhir' });
    const next = await refresh(server, app, first.refresh_token);
    expect(decodeJwt(next.body.access_token).aud).toBe('https://gone.example/fhir');
    await server.app.get(OauthClientStore).remove(third.client_id);
    const last = await refresh(server, app, next.body.refresh_token);
    expect([last.status, last.body.error]).toEqual([400, 'invalid_target']);
  });

  it('cannot be turned into tokens for this one', async () => {
    const { refresh_token: token } = await tokensFor({ aud: ward.fhir });
    const { status, body } = await refresh(server, app, token, { resource: server.fhir });
    expect([status, body.error]).toEqual([400, 'invalid_target']);
  });

  it.each([
    ['a server nobody registered', () => ({ aud: 'https://nobody.example/fhir' }), 'not known here'],
    ['a resource nobody registered', () => ({ resource: 'https://nobody.example/fhir' }), 'not known here'],
    ['two servers', () => ({ aud: ward.fhir, resource: server.fhir }), 'different servers'],
    ['two servers the other way round', () => ({ aud: server.fhir, resource: ward.fhir }), 'different servers'],
    ['one twice, and another', () => ({ aud: ward.fhir, resource: [ward.fhir, server.fhir] }), 'different servers'],
  ])('are refused with the reason for %s', async (_, parameters, why) => {
    const answer = await launch(parameters());
    if (!(answer instanceof URLSearchParams)) expect.fail('It got a token.');
    expect(answer.get('error')).toBe('invalid_target');
    expect(answer.get('error_description')).toMatch(new RegExp(`^aud-mismatch: .*${why}`));
  });

  it('are no matter of a launch that was prepared for this one', async () => {
    const launches = await server.call('POST', '/oauth2/launches', {
      token: await adminToken(server),
      body: { client: app, user: 'pia', patient: 'p1' },
      headers: { 'content-type': 'application/json' },
    });
    expect(launches.status, launches.text).toBe(201);
    const answer = await launch({ aud: ward.fhir, launch: launches.body.launch, scope: 'launch patient/*.rs' });
    expect(answer instanceof URLSearchParams && answer.get('error')).toBe('invalid_target');
  });
});

describe('machines', () => {
  let key: ClientKey;
  beforeAll(async () => {
    key = await makeClientKey('ES384');
  });

  async function ask(audiences: readonly string[] | undefined, parameters: Parameters) {
    const { client } = await registerClient(server, {
      kind: 'confidential-asymmetric',
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes: ['system/Patient.rs'],
      jwks: { keys: [{ ...key.jwk }] },
      ...(audiences && { audiences }),
    });
    const proof = await assertionOf(client.id, `${server.oauth}/token`, key);
    return post(`${server.oauth}/token`, {
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      ...parameters,
      ...proof,
    });
  }

  it('get tokens for another server only if they are registered for it', async () => {
    const refused = await ask(undefined, { resource: ward.fhir });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_target']);
    expect(refused.body.error_description).toMatch(/^aud-mismatch: .*not registered for tokens of its own/);
    const { body } = await ask([`${ward.fhir}/`], { resource: ward.fhir });
    expect(decodeJwt(body.access_token).aud).toBe(ward.fhir);
    expect((await ward.call('GET', 'Patient', { token: body.access_token })).status).toBe(200);
    expect(decodeJwt((await ask([ward.fhir], {})).body.access_token).aud).toBe(server.fhir);
  });
});

describe('introspection by that server', () => {
  it('tells of its own tokens and of no other', async () => {
    const [forWard, forHere] = [await tokensFor({ aud: ward.fhir }), await tokensFor({ aud: server.fhir })];
    expect(await introspect(forWard.access_token)).toMatchObject({
      active: true,
      aud: ward.fhir,
      sub: 'pia',
      patient: 'p1',
    });
    for (const other of [forHere.access_token, forWard.refresh_token, forHere.refresh_token, 'nonsense'])
      expect(await introspect(other)).toEqual({ active: false });
    const { body: stranger } = await register(resourceServer('https://stranger.example/fhir'), await initialToken());
    expect(await introspect(forWard.access_token, stranger)).toEqual({ active: false });
  });

  it('tells when a token was revoked, and the server it was for refuses it', async () => {
    const { access_token: token } = await tokensFor({ aud: ward.fhir });
    await post(`${server.oauth}/revoke`, { token, client_id: app });
    expect(await introspect(token)).toEqual({ active: false });
  });
});
