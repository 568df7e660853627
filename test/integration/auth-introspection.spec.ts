import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Authenticator } from '../../src/auth/authenticator.js';
import type { IntrospectionSettings, TrustedIssuer } from '../../src/config/foreign/trusted-issuer.js';
import { fhirBase } from '../support/auth-options.js';
import { answerFor, authenticatorFor, codesFor, principalFor } from '../support/authenticators.js';
import { IntrospectionEndpoint } from '../support/introspection-endpoint.js';
import { TestIssuer } from '../support/issuer.js';

/** Opaque tokens by introspection: https://www.rfc-editor.org/rfc/rfc7662. */
let issuer: TestIssuer;
let endpoint: IntrospectionEndpoint;
beforeAll(async () => {
  issuer = await TestIssuer.start(fhirBase);
  endpoint = await IntrospectionEndpoint.start();
});
afterAll(async () => {
  await endpoint.close();
  await issuer.close();
});
beforeEach(() => {
  endpoint.release();
  endpoint.known.clear();
  endpoint.asked.length = 0;
  issuer.metadata = {};
});

const settings = (changes: Partial<IntrospectionSettings> = {}): IntrospectionSettings => ({
  endpoint: endpoint.url,
  clientId: 'fhir server',
  clientSecret: 'top:secret+',
  clientAuthentication: 'client_secret_basic',
  jwt: false,
  cacheSeconds: 30,
  ...changes,
});
const server = (changes: Partial<IntrospectionSettings> = {}, rules: Partial<TrustedIssuer> = {}): Authenticator =>
  authenticatorFor([issuer.trust({ introspection: settings(changes), ...rules })]);
const opaque = 'mF_9B5f-4~1JqM';
const now = (): number => Math.floor(Date.now() / 1000);
const claims = (changes: Readonly<Record<string, unknown>> = {}) => ({
  iss: issuer.url,
  aud: fhirBase,
  sub: 'ana',
  client_id: 'app',
  scope: 'launch/patient patient/Observation.rs',
  patient: 'p1',
  token_type: 'Bearer',
  exp: now() + 300,
  ...changes,
});

describe('an opaque token', () => {
  it('is refused when its issuer is not configured to be asked', async () => {
    expect(await codesFor(authenticatorFor([issuer.trust()]), opaque)).toEqual(['token-opaque-unsupported']);
    expect(endpoint.asked).toEqual([]);
  });

  it('counts when the issuer, asked by a form with credentials, says that it is active', async () => {
    endpoint.known.set(opaque, claims());
    expect(await principalFor(server(), opaque)).toMatchObject({
      issuer: issuer.url,
      subject: 'ana',
      clientId: 'app',
      kind: 'user',
      patient: 'p1',
      scopes: ['launch/patient', 'patient/Observation.rs'],
    });
    expect([...endpoint.asked[0]!.form]).toEqual([
      ['token', opaque],
      ['token_type_hint', 'access_token'],
    ]);
    const [scheme, credentials = ''] = (endpoint.asked[0]!.authorization ?? '').split(' ');
    expect([scheme, Buffer.from(credentials, 'base64').toString()]).toEqual(['Basic', 'fhir+server:top%3Asecret%2B']);
  });

  it('sends the credentials in the form where that is asked for', async () => {
    endpoint.known.set(opaque, claims());
    await principalFor(server({ clientAuthentication: 'client_secret_post' }), opaque);
    expect(endpoint.asked[0]!.authorization).toBeUndefined();
    expect(endpoint.asked[0]!.form.get('client_id')).toBe('fhir server');
    expect(endpoint.asked[0]!.form.get('client_secret')).toBe('top:secret+');
  });

  it('finds the endpoint in the metadata of the issuer', async () => {
    issuer.metadata = { introspection_endpoint: endpoint.url };
    endpoint.known.set(opaque, claims());
    const authenticator = authenticatorFor([issuer.trust({ introspection: { ...settings(), endpoint: undefined } })]);
    expect(await principalFor(authenticator, opaque)).toMatchObject({ subject: 'ana' });
  });

  it.each([['a.b'], ['a.b.c.d'], ['not.a.jwt'], ['ory_at_x.y']])('may have dots, as %s', async (token) => {
    endpoint.known.set(token, claims());
    expect(await principalFor(server(), token)).toMatchObject({ subject: 'ana' });
  });

  it('is token-inactive when the issuer does not know it, and that is remembered', async () => {
    const authenticator = server();
    expect(await answerFor(authenticator, opaque)).toMatchObject({ refusals: [{ code: 'token-inactive' }] });
    expect(await codesFor(authenticator, opaque)).toEqual(['token-inactive']);
    expect(endpoint.asked).toHaveLength(1);
  });

  it('active has to be true, not truthy', async () => {
    endpoint.known.set(opaque, claims({ active: 'true' }));
    expect(await codesFor(server(), opaque)).toEqual(['introspection-unavailable']);
  });

  it.each([
    [{ aud: undefined }, 'aud-missing'],
    [{ aud: 'https://other.example' }, 'aud-mismatch'],
    [{ exp: 1 }, 'token-expired'],
    [{ exp: undefined }, 'claim-malformed'],
    [{ exp: '9999999999' }, 'claim-malformed'],
    [{ nbf: 9_999_999_999 }, 'token-not-yet-valid'],
    [{ iss: 'https://other.example' }, 'iss-untrusted'],
    [{ sub: undefined, client_id: undefined }, 'claim-malformed'],
    [{ patient: 'Patient/p1' }, 'claim-malformed'],
    [{ cnf: { jkt: 'x' } }, 'cnf-unproven'],
    [{ token_type: 'refresh_token' }, 'typ-not-access-token'],
    [{ token_type: 'DPoP' }, 'typ-not-access-token'],
    [{ typ: 'Refresh' }, 'typ-not-access-token'],
  ])('with %j is refused as a JWT would be', async (changes, code) => {
    endpoint.known.set(opaque, claims(changes));
    expect(await codesFor(server(), opaque)).toEqual([code]);
  });

  it('needs no iss, for its issuer was asked', async () => {
    endpoint.known.set(opaque, claims({ iss: undefined }));
    expect(await principalFor(server(), opaque)).toMatchObject({ issuer: issuer.url });
  });

  it('is asked about once while the answer counts, and each time with cacheSeconds 0', async () => {
    endpoint.known.set(opaque, claims());
    const cached = server();
    for (let i = 0; i < 3; i++) await principalFor(cached, opaque);
    expect(endpoint.asked).toHaveLength(1);
    const uncached = server({ cacheSeconds: 0 });
    for (let i = 0; i < 3; i++) await principalFor(uncached, opaque);
    expect(endpoint.asked).toHaveLength(4);
  });

  it('is not remembered beyond its exp', async () => {
    endpoint.known.set(opaque, claims({ exp: now() - 30 }));
    const authenticator = server();
    for (let i = 0; i < 2; i++) await principalFor(authenticator, opaque);
    expect(endpoint.asked).toHaveLength(2);
  });

  it.each([
    [500, '500'],
    [401, '401'],
    [302, 'cannot be reached'],
    [{ body: 'not JSON' }, 'JSON object'],
    [{ body: '{}' }, 'did not say whether'],
    [{ body: '[]' }, 'did not say whether'],
  ])('is 503 with the reason while the endpoint answers %j', async (behaviour, reason) => {
    endpoint.behaviour = behaviour;
    const answer = await answerFor(server(), opaque);
    expect(answer).toMatchObject({
      status: 503,
      retryAfterSeconds: 5,
      refusals: [{ code: 'introspection-unavailable' }],
    });
    expect((answer as { refusals: readonly { fact: string }[] }).refusals[0]?.fact).toContain(reason);
    expect(JSON.stringify(answer)).not.toMatch(/secret|mF_9B5f/);
  });

  it('an outage is not remembered', async () => {
    endpoint.behaviour = 500;
    const authenticator = server();
    await codesFor(authenticator, opaque);
    endpoint.behaviour = 'serve';
    endpoint.known.set(opaque, claims());
    expect(await codesFor(authenticator, opaque)).toEqual([]);
  });

  it('parallel requests share a question, and many different tokens do not become a flood', async () => {
    endpoint.behaviour = 'wait';
    const authenticator = server();
    const same = [codesFor(authenticator, opaque), codesFor(authenticator, opaque)];
    const many = Array.from({ length: 100 }, (_, i) => codesFor(authenticator, `garbage${i}`));
    await expect.poll(() => endpoint.asked.length, { timeout: 20_000 }).toBe(32);
    endpoint.release();
    expect(await Promise.all(same)).toEqual([['token-inactive'], ['token-inactive']]);
    const codes = (await Promise.all(many)).flat();
    expect(codes.filter((code) => code === 'introspection-unavailable')).toHaveLength(100 - 31);
    expect(endpoint.asked).toHaveLength(32);
  });

  it('of several issuers is shown only to the one whose prefix it has', async () => {
    const other = await IntrospectionEndpoint.start();
    try {
      endpoint.known.set('aaa_1', claims());
      other.known.set('1', claims({ iss: 'https://b.example' }));
      const authenticator = authenticatorFor([
        issuer.trust({ issuer: 'https://b.example', introspection: settings({ endpoint: other.url }) }),
        issuer.trust({ introspection: settings({ tokenPrefix: 'aaa_' }) }),
      ]);
      expect(await principalFor(authenticator, 'aaa_1')).toMatchObject({ issuer: issuer.url });
      expect(await principalFor(authenticator, '1')).toMatchObject({ issuer: 'https://b.example' });
      expect(await codesFor(authenticator, 'aaa_2')).toEqual(['token-inactive']);
      expect(other.asked.map(({ form }) => form.get('token'))).toEqual(['1']);
    } finally {
      await other.close();
    }
  });

  it('with only prefixed issuers stays unsupported without such a prefix', async () => {
    expect(await codesFor(server({ tokenPrefix: 'aaa_' }), opaque)).toEqual(['token-opaque-unsupported']);
  });
});

describe('a JWT', () => {
  it('is not asked about by default, and a broken one never', async () => {
    expect(await codesFor(server(), issuer.token())).toEqual([]);
    expect(await codesFor(server(), 'eyJhbGciOiJub25lIn0.e30')).toEqual(['token-malformed']);
    expect(endpoint.asked).toEqual([]);
  });

  it('of an issuer with "jwt" dies when the issuer says so, and only good ones are asked about', async () => {
    const token = issuer.token();
    const authenticator = server({ jwt: true, cacheSeconds: 0 });
    endpoint.known.set(token, { scope: 'x' });
    expect(await principalFor(authenticator, token)).toMatchObject({ subject: 'user-1', scopes: ['user/*.rs'] });
    endpoint.known.clear();
    expect(await codesFor(authenticator, token)).toEqual(['token-inactive']);
    expect(endpoint.asked).toHaveLength(2);
    expect(await codesFor(authenticator, issuer.token({ aud: 'https://other.example' }))).toEqual(['aud-mismatch']);
    expect(endpoint.asked).toHaveLength(2);
  });

  it('does not count while the issuer cannot be asked', async () => {
    endpoint.behaviour = 500;
    expect(await answerFor(server({ jwt: true }), issuer.token())).toMatchObject({
      status: 503,
      refusals: [{ code: 'introspection-unavailable' }],
    });
  });
});
