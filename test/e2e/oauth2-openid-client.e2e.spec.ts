import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.js';
import { makeClientKey, type ClientKey } from '../support/client-key.js';
import {
  callback,
  createUser,
  read,
  registerClient,
  startOauthServer,
  store,
  type OauthServer,
} from '../support/oauth-server.js';
import { aPatient } from '../support/resources.js';

// openid-client checks what a careful app checks: state, nonce, iss, the signature and the claims of the id_token.

const scope = 'openid fhirUser launch/patient offline_access patient/*.rs';
const options: openid.DiscoveryRequestOptions = { execute: [openid.allowInsecureRequests] };

let server: OauthServer;
let key: ClientKey;

beforeAll(async () => {
  server = await startOauthServer();
  key = await makeClientKey('RS384');
  await createUser(server, { name: 'pia', fhirUser: 'Patient/p1', grants: 'user/*.rs' });
  await store(server, { ...aPatient(), id: 'p1' });
});
afterAll(() => server?.close());

async function discover(kind: 'public' | 'confidential-symmetric' | 'confidential-asymmetric', more = {}) {
  const { client, secret = '' } = await registerClient(server, {
    kind,
    ...(kind === 'confidential-asymmetric' && { jwks: { keys: [{ ...key.jwk }] } }),
    ...more,
  });
  const authentication = {
    public: () => openid.None(),
    'confidential-symmetric': () => openid.ClientSecretBasic(secret),
    'confidential-asymmetric': () => openid.PrivateKeyJwt({ key: key.privateKey, kid: key.jwk.kid! }),
  };
  const metadata = { id_token_signed_response_alg: 'RS256', require_auth_time: true };
  return openid.discovery(new URL(server.oauth), client.id, metadata, authentication[kind](), options);
}

interface Begun {
  readonly back: URL;
  readonly checks: openid.AuthorizationCodeGrantChecks;
}

async function begin(config: openid.Configuration): Promise<Begun> {
  const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope,
    aud: server.fhir,
    state,
    nonce,
    login_hint: 'pia',
    max_age: '60',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const { location } = await new Browser().follow(url.href, server.url);
  return {
    back: new URL(location!),
    checks: {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
      maxAge: 60,
    },
  };
}

async function logIn(config: openid.Configuration) {
  const { back, checks } = await begin(config);
  return openid.authorizationCodeGrant(config, back, checks);
}

describe.each(['public', 'confidential-symmetric', 'confidential-asymmetric'] as const)(
  'openid-client, %s,',
  (kind) => {
    it('logs in, refreshes, introspects and revokes', async () => {
      const config = await discover(kind);
      // The signature too, which OpenID Connect lets a client leave to TLS.
      openid.enableNonRepudiationChecks(config);
      expect(config.serverMetadata().authorization_response_iss_parameter_supported).toBe(true);
      const tokens = await logIn(config);
      expect(tokens.claims()).toMatchObject({ iss: server.oauth, sub: 'pia', fhirUser: `${server.fhir}/Patient/p1` });
      expect([tokens['patient'], tokens.scope, tokens.expiresIn()]).toEqual(['p1', scope, expect.any(Number)]);
      const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);
      expect(await read(server, 'Patient/p1', refreshed.access_token)).toBe(200);
      const found = await openid.tokenIntrospection(config, refreshed.access_token);
      expect(found).toMatchObject({ active: true, sub: 'pia', patient: 'p1', scope });
      await openid.tokenRevocation(config, refreshed.refresh_token ?? tokens.refresh_token!);
      expect(await openid.tokenIntrospection(config, refreshed.access_token)).toEqual({ active: false });
      expect(await read(server, 'Patient/p1', refreshed.access_token)).toBe(401);
      await expect(openid.refreshTokenGrant(config, tokens.refresh_token!)).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });

    it('narrows on refresh, and is refused more', async () => {
      const config = await discover(kind);
      const tokens = await logIn(config);
      const narrow = await openid.refreshTokenGrant(config, tokens.refresh_token!, { scope: 'patient/*.rs' });
      expect(narrow.scope).toBe('patient/*.rs');
      expect((await openid.tokenIntrospection(config, narrow.access_token)).scope).toBe('patient/*.rs');
      const next = narrow.refresh_token ?? tokens.refresh_token!;
      const wide = openid.refreshTokenGrant(config, next, { scope: 'patient/*.cruds' });
      await expect(wide).rejects.toMatchObject({ error: 'invalid_scope' });
    });
  },
);

describe('openid-client', () => {
  it('notices an answer of another server, which ours is not', async () => {
    const config = await discover('public');
    const { back, checks } = await begin(config);
    expect(back.searchParams.get('iss')).toBe(server.oauth);
    const aboutIss = { cause: { message: expect.stringContaining('"iss"') } };
    const forged = new URL(back);
    forged.searchParams.set('iss', 'https://evil.example');
    await expect(openid.authorizationCodeGrant(config, forged, checks)).rejects.toMatchObject(aboutIss);
    const silent = new URL(back);
    silent.searchParams.delete('iss');
    await expect(openid.authorizationCodeGrant(config, silent, checks)).rejects.toMatchObject(aboutIss);
    expect((await openid.authorizationCodeGrant(config, back, checks)).access_token).toBeTruthy();
  });

  it('gets a token for a backend service with a signed assertion', async () => {
    const config = await discover('confidential-asymmetric', {
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes: ['system/Patient.rs'],
    });
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'system/Patient.rs' });
    expect([tokens.scope, tokens.expires_in, tokens.refresh_token]).toEqual(['system/Patient.rs', 300, undefined]);
    expect(await read(server, 'Patient/p1', tokens.access_token)).toBe(200);
    expect(await read(server, 'Observation?_count=0', tokens.access_token)).toBe(403);
    const more = openid.clientCredentialsGrant(config, { scope: 'system/*.cruds' });
    const given = await more.then(
      ({ scope: text }) => text,
      ({ error }: { error: string }) => error,
    );
    expect(['system/Patient.rs', 'invalid_scope']).toContain(given);
  });
});
