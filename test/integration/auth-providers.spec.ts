import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrustedIssuer } from '../../src/config/foreign/trusted-issuer.js';
import { fhirBase } from '../support/auth-options.js';
import { authenticatorFor, codesFor, principalFor } from '../support/authenticators.js';
import { signed, TestIssuer } from '../support/issuer.js';

/** Tokens with the header and claims that each product issues by default; only iss and aud are ours. */
let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await TestIssuer.start(fhirBase);
});
afterAll(() => issuer.close());

type Claims = Readonly<Record<string, unknown>>;
const now = Math.floor(Date.now() / 1000);
const times = { iat: now, exp: now + 300 };
const server = (changes: Partial<TrustedIssuer> = {}) => authenticatorFor([issuer.trust(changes)]);
const token = (header: Claims, claims: Claims): string =>
  signed({ alg: 'RS256', kid: issuer.key.kid, ...header }, { iss: issuer.url, ...times, ...claims }, issuer.key);

describe('Keycloak', () => {
  const user = {
    auth_time: now,
    jti: 'onrtac:1',
    aud: [fhirBase, 'account'],
    sub: 'f3a1',
    typ: 'Bearer',
    azp: 'my-app',
    sid: 's1',
    acr: '1',
    'allowed-origins': ['https://app.example'],
    realm_access: { roles: ['offline_access', 'uma_authorization'] },
    resource_access: { account: { roles: ['manage-account'] } },
    scope: 'openid email user/Patient.rs',
    email_verified: true,
    preferred_username: 'ana',
  };

  it('a user token is accepted', async () => {
    expect(await principalFor(server(), token({ typ: 'JWT' }, user))).toMatchObject({
      subject: 'f3a1',
      clientId: 'my-app',
      kind: 'user',
      sessionId: 's1',
      scopes: ['openid', 'email', 'user/Patient.rs'],
    });
  });

  it('an older one with nonce, and one without sub, are accepted', async () => {
    expect(await codesFor(server(), token({ typ: 'JWT' }, { ...user, nonce: 'n' }))).toEqual([]);
    expect(await principalFor(server(), token({ typ: 'JWT' }, { ...user, sub: undefined }))).toMatchObject({
      subject: 'my-app',
      kind: 'user',
    });
  });

  it('a service account is a machine', async () => {
    const service = {
      ...user,
      sub: 'b7',
      azp: 'loader',
      client_id: 'loader',
      preferred_username: 'service-account-loader',
      scope: 'system/*.rs',
    };
    expect(await principalFor(server(), token({ typ: 'JWT' }, service))).toMatchObject({
      clientId: 'loader',
      kind: 'machine',
    });
  });

  it('a default one, for "account" only, says which audience is needed', async () => {
    expect(await codesFor(server(), token({ typ: 'JWT' }, { ...user, aud: 'account' }))).toEqual(['aud-mismatch']);
  });

  it('its ID and refresh tokens are refused', async () => {
    const id = { ...user, typ: 'ID', aud: 'my-app', at_hash: 'x', scope: undefined };
    expect(await codesFor(server(), token({ typ: 'JWT' }, id))).toEqual(['typ-not-access-token', 'aud-mismatch']);
    expect(await codesFor(server(), token({ typ: 'JWT' }, { ...user, typ: 'Refresh' }))).toEqual([
      'typ-not-access-token',
    ]);
  });
});

describe('Microsoft Entra', () => {
  const api = 'api://5f6b';
  const common = {
    aud: api,
    nbf: now,
    oid: 'o1',
    rh: '0.A',
    sub: 'pairwise',
    tid: 't1',
    uti: 'u1',
    ver: '1.0',
    xms_ftd: 'x',
  };
  const audience = { audience: [fhirBase, api] };

  it('a version 1 user token (appid, scp) is accepted', async () => {
    const v1 = {
      ...common,
      acr: '1',
      amr: ['pwd'],
      appid: 'app-guid',
      appidacr: '0',
      family_name: 'A',
      scp: 'user.Patient.read',
      unique_name: 'ana',
      upn: 'ana@x',
    };
    const scopeMap = { 'user.Patient.read': 'user/Patient.rs' };
    expect(
      await principalFor(server({ ...audience, scopeMap }), token({ typ: 'JWT', x5t: issuer.key.kid }, v1)),
    ).toMatchObject({
      clientId: 'app-guid',
      kind: 'user',
      scopes: ['user/Patient.rs'],
    });
  });

  it('a version 2 user token (azp, scp) is accepted', async () => {
    const v2 = {
      ...common,
      aud: '5f6b',
      ver: '2.0',
      aio: 'x',
      azp: 'app-guid',
      azpacr: '0',
      name: 'Ana',
      preferred_username: 'ana@x',
      scp: 'access_as_user',
    };
    const rules = server({ audience: ['5f6b'], scopeMap: { access_as_user: 'user/*.rs' } });
    expect(await principalFor(rules, token({ typ: 'JWT' }, v2))).toMatchObject({
      clientId: 'app-guid',
      scopes: ['user/*.rs'],
    });
  });

  it('an app-only token (idtyp, roles) is a machine', async () => {
    const app = {
      ...common,
      appid: 'app-guid',
      appidacr: '1',
      idp: issuer.url,
      idtyp: 'app',
      sub: 'o1',
      roles: ['FHIR.Read.All', 'Other'],
    };
    const rules = server({ ...audience, scopeMap: { 'FHIR.Read.All': 'system/*.rs' } });
    expect(await principalFor(rules, token({ typ: 'JWT' }, app))).toMatchObject({
      kind: 'machine',
      scopes: ['system/*.rs', 'Other'],
    });
  });

  it('without idtyp, machineToken tells a machine', async () => {
    const app = { ...common, azp: 'app-guid', azpacr: '1', sub: 'o1', roles: ['system/*.rs'] };
    expect(await principalFor(server(audience), token({ typ: 'JWT' }, app))).toMatchObject({ kind: 'user' });
    const rules = server({ ...audience, machineToken: { claim: 'azpacr', equals: '1' } });
    expect(await principalFor(rules, token({ typ: 'JWT' }, app))).toMatchObject({ kind: 'machine' });
  });

  it('its ID token is refused', async () => {
    const id = { ...common, aud: 'app-guid', azp: 'app-guid', nonce: 'n', ver: '2.0', c_hash: 'x' };
    expect(await codesFor(server(audience), token({ typ: 'JWT' }, id))).toEqual([
      'typ-not-access-token',
      'aud-mismatch',
    ]);
  });
});

describe('Okta', () => {
  const user = {
    ver: 1,
    jti: 'AT.1',
    aud: fhirBase,
    cid: '0oa1',
    uid: '00u1',
    scp: ['openid', 'launch/patient', 'patient/Patient.rs'],
    auth_time: now,
    sub: 'ana@x',
    patient: 'p1',
  };

  it('a user token (no typ, cid, scp as an array) is accepted', async () => {
    expect(await principalFor(server(), token({}, user))).toMatchObject({
      subject: 'ana@x',
      clientId: '0oa1',
      kind: 'user',
      patient: 'p1',
      scopes: ['openid', 'launch/patient', 'patient/Patient.rs'],
    });
  });

  it('a client credentials token (sub is cid) is a machine', async () => {
    expect(
      await principalFor(server(), token({}, { ...user, uid: undefined, sub: '0oa1', scp: ['system/*.rs'] })),
    ).toMatchObject({ kind: 'machine' });
  });
});

describe('Auth0', () => {
  const user = {
    sub: 'auth0|1',
    aud: [fhirBase, 'https://tenant.example/userinfo'],
    azp: 'spa',
    scope: 'openid user/Patient.rs',
    permissions: ['user/Observation.rs'],
  };

  it('a user token is accepted, scope and permissions united', async () => {
    expect(await principalFor(server(), token({ typ: 'JWT' }, user))).toMatchObject({
      clientId: 'spa',
      kind: 'user',
      scopes: ['openid', 'user/Patient.rs', 'user/Observation.rs'],
    });
    expect(await codesFor(server(), token({ typ: 'at+jwt' }, { ...user, azp: undefined, client_id: 'spa' }))).toEqual(
      [],
    );
  });

  it('an app-only token (gty, @clients) is a machine', async () => {
    const app = { sub: 'm2m@clients', aud: fhirBase, azp: 'm2m', gty: 'client-credentials', scope: 'system/*.rs' };
    expect(await principalFor(server(), token({ typ: 'JWT' }, app))).toMatchObject({
      clientId: 'm2m',
      kind: 'machine',
    });
  });
});

describe('InterSystems', () => {
  it('a token of its authorization server (ES, no typ, scope as text) is accepted', async () => {
    const claims = {
      jti: 'x.1',
      sub: 'ana',
      client_id: 'c1',
      aud: [fhirBase, 'c1'],
      scope: 'openid user/*.cruds launch/patient',
      patient: '7',
      'iss-extra': 1,
    };
    expect(await principalFor(server(), token({}, claims))).toMatchObject({
      clientId: 'c1',
      patient: '7',
      kind: 'user',
    });
  });

  it('its web application token is refused with the way out', async () => {
    const claims = { iss: 'host/IRIS', aud: undefined, sub: 'ana', exp: now + 60, sid: 's' };
    expect(await codesFor(server(), token({ typ: 'JWT' }, claims))).toEqual(['iss-untrusted', 'aud-missing']);
  });
});

describe('an issuer with typ "at+jwt"', () => {
  it('is held to it', async () => {
    const strict = server({ typ: 'at+jwt' });
    expect(await codesFor(strict, issuer.token({}, { typ: 'application/AT+JWT' }))).toEqual([]);
    expect(await codesFor(strict, issuer.token({}, { typ: 'JWT' }))).toEqual(['typ-not-access-token']);
  });
});
