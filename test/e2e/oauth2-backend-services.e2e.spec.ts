import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientMetadata } from '../../src/oauth2/clients/client-metadata.js';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import {
  basic,
  post,
  read,
  registerClient,
  startOauthServer,
  store,
  type OauthServer,
  type Parameters,
} from '../support/oauth-server.js';
import { eventsOfDefault } from '../support/whole-events.js';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const scopes = ['system/*.rs', 'system/Patient.cruds', 'system/Observation.rs?category=laboratory'];

interface Key {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

let server: OauthServer;
let replica: OauthServer;
let keyServer: Server;
let keysUrl: string;
let keysAsked = 0;
let publishedKeys: readonly JWK[] = [];
let key: Key;
let client: string;

async function makeKey(alg: string, kid: string = randomUUID()): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

beforeAll(async () => {
  keyServer = createServer((_request, response) => {
    keysAsked++;
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'max-age=60');
    response.end(JSON.stringify({ keys: publishedKeys }));
  });
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
  keysUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`;
  server = await startOauthServer({ JWKS_ALLOW_PRIVATE: '127.0.0.1' });
  replica = await startOauthServer({ PUBLIC_URL: server.url }, { ...server.database, drop: async () => undefined });
  key = await makeKey('RS384');
  client = await register({ jwks: { keys: [key.jwk as Record<string, unknown>] } });
});
afterAll(async () => {
  keyServer?.close();
  await replica?.close();
  await server?.close();
});

const register = async (metadata: object): Promise<string> =>
  (
    await registerClient(server, {
      kind: 'confidential-asymmetric',
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes,
      ...metadata,
    })
  ).client.id;

interface Assertion {
  readonly id?: string;
  readonly with?: Key;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

function assertion({ id = client, with: signer = key, claims = {}, header = {} }: Assertion = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    iss: id,
    sub: id,
    aud: `${server.oauth}/token`,
    jti: randomUUID(),
    iat: now,
    exp: now + 240,
    ...claims,
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(given)
    .setProtectedHeader({ alg: signer.alg, kid: signer.jwk.kid!, typ: 'JWT', ...header })
    .sign(signer.privateKey);
}

const ask = (jwt: string, parameters: Parameters = {}, at = server) =>
  post(`${at.oauth}/token`, {
    grant_type: 'client_credentials',
    scope: 'system/*.rs',
    client_assertion_type: assertionType,
    client_assertion: jwt,
    ...parameters,
  });

describe('backend services', () => {
  it('get a short token for the scopes they are registered for, and no refresh token', async () => {
    const { status, body, headers } = await ask(await assertion());
    expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([200, 'no-store', 'no-cache']);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'system/*.rs',
    });
    const claims = decodeJwt(body.access_token);
    expect(claims).toMatchObject({ iss: server.oauth, aud: server.fhir, sub: client, client_id: client });
    expect(claims.exp! - claims.iat!).toBe(300);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(200);
  });

  it('are written down with each token, and with each refusal, before the answer', async () => {
    const { body, headers } = await ask(await assertion());
    const refused = await ask('nonsense');
    const written = async (id: string | null): Promise<unknown> => {
      const [found] = await server.app.get(DataSource).query<{ event: unknown }[]>(
        `SELECT entry::json AS event FROM audit_record WHERE entry LIKE $1
         UNION ALL SELECT body::json FROM ${eventsOfDefault} WHERE body LIKE $1`,
        [`%"${id}"%`],
      );
      return found?.event;
    };
    const event = await written(headers.get('x-request-id'));
    expect(JSON.stringify(event)).toContain(decodeJwt(body.access_token).jti);
    expect(JSON.stringify(event)).toContain(client);
    expect(JSON.stringify(event)).not.toContain(body.access_token.split('.')[2]);
    expect(await written(refused.headers.get('x-request-id'))).toMatchObject({ outcome: '8' });
  });

  it.each(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'PS384'])('prove themselves with %s', async (alg) => {
    const signer = await makeKey(alg);
    const id = await register({ jwks: { keys: [signer.jwk] } });
    expect((await ask(await assertion({ id, with: signer }))).status).toBe(200);
  });

  it.each([
    ['all of the registration', scopes.join(' '), scopes.join(' ')],
    ['a narrower one', 'system/Observation.r', 'system/Observation.r'],
    ['v1', 'system/Patient.read', 'system/Patient.read'],
    [
      'more than the registration',
      'system/Patient.rs system/Observation.cruds user/*.rs patient/*.rs openid',
      'system/Patient.rs',
    ],
  ])('are granted %s', async (_, asked, granted) => {
    const { status, body } = await ask(await assertion(), { scope: asked });
    expect([status, body.scope]).toEqual([200, granted]);
  });

  it.each([
    ['nothing', undefined],
    ['an empty scope', ''],
    ['what is not registered', 'system/Observation.cruds'],
    ['scopes of users', 'user/*.rs patient/*.rs'],
    ['no scope of ours', 'openid offline_access'],
  ])('are refused when they ask for %s', async (_, scope) => {
    const { status, body } = await ask(await assertion(), { scope });
    expect([status, body.error, body.access_token]).toEqual([400, 'invalid_scope', undefined]);
    expect(body.error_description).toMatch(/^scope-not-registered: .*system\/\*\.rs/);
  });

  it('may name the issuer instead of the token endpoint', async () => {
    expect((await ask(await assertion({ claims: { aud: server.oauth } }))).status).toBe(200);
  });

  const now = () => Math.floor(Date.now() / 1000);
  it.each<[string, () => Assertion]>([
    ['expired', () => ({ claims: { exp: now() - 120 } })],
    ['that lives an hour', () => ({ claims: { exp: now() + 3600 } })],
    ['that lives six and a half minutes', () => ({ claims: { exp: now() + 390 } })],
    ['that never expires', () => ({ claims: { exp: undefined } })],
    ['not yet valid', () => ({ claims: { nbf: now() + 300 } })],
    ['for another audience', () => ({ claims: { aud: 'https://other.example/token' } })],
    ['for the FHIR base', () => ({ claims: { aud: server.fhir } })],
    ['for several audiences', () => ({ claims: { aud: [`${server.oauth}/token`, 'https://other.example'] } })],
    ['without an audience', () => ({ claims: { aud: undefined } })],
    ['without jti', () => ({ claims: { jti: undefined } })],
    ['of another issuer', () => ({ claims: { iss: 'somebody' } })],
    ['for another subject', () => ({ claims: { sub: 'somebody' } })],
    ['without iss', () => ({ claims: { iss: undefined } })],
    ['of another type', () => ({ header: { typ: 'at+jwt' } })],
    ['with a jku', () => ({ header: { jku: 'https://evil.example/keys' } })],
    ['with a jwk', () => ({ header: { jwk: key.jwk } })],
    ['with an unknown kid', () => ({ header: { kid: 'other' } })],
    ['without kid', () => ({ header: { kid: undefined } })],
  ])('are refused with an assertion %s', async (_, change) => {
    const { status, body } = await ask(await assertion(change()));
    expect([status, body.error, body.access_token]).toEqual([401, 'invalid_client', undefined]);
  });

  it('are refused with an assertion of another key of the same name', async () => {
    const forged = await makeKey('RS384', key.jwk.kid);
    expect((await ask(await assertion({ with: forged }))).body.error).toBe('invalid_client');
  });

  it('are refused with an assertion without a signature, or one made with the public key as a secret', async () => {
    const [, payload] = (await assertion()).split('.');
    const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${payload}.`;
    expect((await ask(none)).body.error).toBe('invalid_client');
    const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
    const mac = await new SignJWT(decodeJwt(await assertion()))
      .setProtectedHeader({ alg: 'HS256', kid: key.jwk.kid! })
      .sign(secret);
    expect((await ask(mac)).body.error).toBe('invalid_client');
  });

  it('are refused when an assertion comes a second time, to whichever replica', async () => {
    const jwt = await assertion();
    const answers = await Promise.all([server, replica, server, replica].map((one) => ask(jwt, {}, one)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await ask(jwt, {}, replica)).body.error).toBe('invalid_client');
  });

  it('answer errors as RFC 6749 says', async () => {
    const wrongGrant = await ask(await assertion(), { grant_type: 'not_a_grant_type' });
    expect([wrongGrant.status, wrongGrant.body.error]).toEqual([400, 'unsupported_grant_type']);
    const wrongType = await ask(await assertion(), { client_assertion_type: 'not_an_assertion_type' });
    expect([400, 401]).toContain(wrongType.status);
    expect([400, 401]).toContain((await ask('not-a-jwt')).status);
    const unknown = await ask(await assertion({ id: 'unknown' }));
    expect([unknown.status, unknown.body.error]).toEqual([401, 'invalid_client']);
  });

  it('with a secret get tokens too', async () => {
    const { client: one, secret = '' } = await registerClient(server, {
      kind: 'confidential-symmetric',
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes,
    });
    const parameters = { grant_type: 'client_credentials', scope: 'system/Patient.rs' };
    expect((await post(`${server.oauth}/token`, parameters, basic(one.id, secret))).body.scope).toBe(
      'system/Patient.rs',
    );
  });

  it('see labels up to the clearance that was given to them, and break the glass only with the right', async () => {
    const labelled = { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] };
    const observation = {
      resourceType: 'Observation',
      id: 'labelled',
      status: 'final',
      code: { text: 'x' },
      meta: labelled,
    };
    await store(server, observation);
    const tokenOf = async (given: Partial<ClientMetadata>): Promise<string> => {
      const { client: one, secret = '' } = await registerClient(server, {
        kind: 'confidential-symmetric',
        grantTypes: ['client_credentials'],
        redirectUris: [],
        scopes: ['system/*.rs'],
        ...given,
      });
      const parameters = { grant_type: 'client_credentials', scope: 'system/*.rs' };
      return (await post(`${server.oauth}/token`, parameters, basic(one.id, secret))).body.access_token;
    };
    const [low, high, exempt, paying] = await Promise.all([
      tokenOf({ clearance: 'N' }),
      tokenOf({ clearance: 'R', breakGlass: true }),
      tokenOf({ consentExempt: true }),
      tokenOf({ purposeOfUse: 'HPAYMT' }),
    ]);
    expect(await read(server, 'Observation/labelled', low)).toBe(404);
    expect(await read(server, 'Observation/labelled', high)).toBe(200);
    const glass = (token: string) =>
      fetch(`${server.fhir}/Observation/labelled`, {
        headers: { authorization: `Bearer ${token}`, 'x-purpose-of-use': 'BTG; reason="x"' },
      });
    // The glass lifts Consents, never labels.
    expect([(await glass(low)).status, (await glass(high)).status]).toEqual([403, 200]);
    expect([decodeJwt(low), decodeJwt(high), decodeJwt(exempt), decodeJwt(paying)]).toMatchObject([
      { clearance: 'N' },
      { clearance: 'R', break_glass: true },
      { consent_exempt: true },
      { purpose_of_use: 'HPAYMT' },
    ]);
    expect(decodeJwt(exempt)['clearance']).toBeUndefined();
  });

  it('cannot send a user in, and apps of users get no token for themselves', async () => {
    const app = (await registerClient(server)).client.id;
    const { status, body } = await post(`${server.oauth}/token`, {
      grant_type: 'client_credentials',
      client_id: app,
      scope: 'user/*.rs',
    });
    expect([status, body.error]).toEqual([400, 'unauthorized_client']);
    const page = await fetch(`${server.oauth}/authorize?response_type=code&client_id=${client}&scope=system/*.rs`);
    expect(page.status).toBe(400);
  });

  it('lose their tokens when they are removed', async () => {
    const signer = await makeKey('ES384');
    const id = await register({ jwks: { keys: [signer.jwk] } });
    const { access_token: token } = (await ask(await assertion({ id, with: signer }))).body;
    expect(await read(server, 'Patient?_count=0', token)).toBe(200);
    await server.app.get(OauthClientStore).remove(id);
    expect(await read(server, 'Patient?_count=0', token)).toBe(401);
    expect((await ask(await assertion({ id, with: signer }))).body.error).toBe('invalid_client');
  });
});

describe('keys by URL', () => {
  it('are fetched, and kept as long as Cache-Control allows', async () => {
    const signer = await makeKey('ES384');
    publishedKeys = [signer.jwk];
    const id = await register({ jwksUri: keysUrl });
    const before = keysAsked;
    for (let count = 0; count < 3; count++) {
      expect((await ask(await assertion({ id, with: signer, header: { jku: keysUrl } }))).status).toBe(200);
    }
    expect(keysAsked - before).toBe(1);
  });

  it('are refused when two have one name', async () => {
    const signer = await makeKey('ES384');
    publishedKeys = [signer.jwk, (await makeKey('ES384', signer.jwk.kid)).jwk];
    const id = await register({ jwksUri: `${keysUrl}?2` });
    expect((await ask(await assertion({ id, with: signer }))).body.error).toBe('invalid_client');
  });

  it('are not fetched from inside the network by a server that does not allow it', async () => {
    const signer = await makeKey('ES384');
    publishedKeys = [signer.jwk];
    const id = await register({ jwksUri: `${keysUrl}?3` });
    const before = keysAsked;
    const { status, body } = await ask(await assertion({ id, with: signer }), {}, replica);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect(keysAsked).toBe(before);
  });
});

// The assertions of Inferno's kit for Bulk Data 2.0.0 (groups 2.2 to 2.4), on two replicas.
describe('exports', () => {
  const tokenOf = async (): Promise<string> => (await ask(await assertion())).body.access_token as string;
  interface Sent {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  /** Addresses are those of the first server; the other one answers as well. */
  const fetchAt = (at: OauthServer, address: string, token?: string, more: Sent = {}) =>
    fetch(
      address.startsWith(server.fhir) ? `${at.fhir}${address.slice(server.fhir.length)}` : `${at.fhir}/${address}`,
      {
        ...more,
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...more.headers },
      },
    );
  const kickOff = (address: string, token?: string) =>
    fetchAt(server, address, token, { headers: { accept: 'application/fhir+json', prefer: 'respond-async' } });

  beforeAll(async () => {
    for (const id of ['bulk-1', 'bulk-2']) await store(server, { resourceType: 'Patient', id });
    const member = ['bulk-1', 'bulk-2'].map((id) => ({ entity: { reference: `Patient/${id}` } }));
    const group = { resourceType: 'Group', id: 'bulk', type: 'person', actual: true, member };
    await store(server, group);
  });

  it.each(['$export', 'Patient/$export', 'Group/bulk/$export'])('%s', async (address) => {
    expect([400, 401]).toContain((await kickOff(address)).status);
    const begun = await kickOff(address, await tokenOf());
    const place = begun.headers.get('content-location')!;
    expect([begun.status, place]).toEqual([202, expect.stringContaining(server.fhir)]);
    let status = begun;
    for (let tries = 0; tries < 30 && (status.status === 202 || status.status === 429); tries++) {
      await new Promise((done) => setTimeout(done, 1100));
      // Tokens are short: each question may come with another one, and to another replica.
      status = await fetchAt(replica, place, await tokenOf(), { headers: { accept: 'application/json' } });
    }
    expect([status.status, status.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
    const manifest = (await status.json()) as Record<string, unknown> & { output: { type: string; url: string }[] };
    expect(Object.keys(manifest)).toEqual(
      expect.arrayContaining(['transactionTime', 'request', 'requiresAccessToken', 'output', 'error']),
    );
    const { url } = manifest.output.find(({ type }) => type === 'Patient')!;
    expect([400, 401]).toContain((await fetchAt(server, url)).status);
    const file = await fetchAt(replica, url, await tokenOf(), { headers: { accept: 'application/fhir+ndjson' } });
    expect(file.headers.get('content-type')).toMatch(/^application\/fhir\+ndjson/);
    const patients = (await file.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { resourceType: string; id: string });
    expect(patients.every(({ resourceType }) => resourceType === 'Patient')).toBe(true);
    expect(patients.map(({ id }) => id)).toEqual(expect.arrayContaining(['bulk-1', 'bulk-2']));
    expect((await fetchAt(server, place, await tokenOf(), { method: 'DELETE' })).status).toBe(202);
    const gone = await fetchAt(replica, place, await tokenOf());
    expect([gone.status, ((await gone.json()) as { resourceType: string }).resourceType]).toEqual([
      404,
      'OperationOutcome',
    ]);
  });

  it.each(['application/fhir%2Bndjson', 'application/ndjson', 'ndjson'])(
    'take _outputFormat=%s and _since',
    async (format) => {
      const since = encodeURIComponent('2020-01-01T00:00:00.000+02:00');
      const begun = await kickOff(`Group/bulk/$export?_outputFormat=${format}&_since=${since}`, await tokenOf());
      expect(begun.status).toBe(202);
      const place = begun.headers.get('content-location')!;
      expect((await fetchAt(server, place, await tokenOf(), { method: 'DELETE' })).status).toBe(202);
    },
  );
});
