import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppConfig } from '../../src/config/app-config.js';
import type { LoginProvider } from '../../src/config/foreign/login-provider.js';
import { accountNames, rightsOf } from '../../src/oauth2/login-providers/upstream-user.js';
import { authenticatorFor, codesFor, principalFor } from '../support/authenticators.js';
import { signed, TestIssuer } from '../support/issuer.js';

/** Every recipe of docs/identity-providers is a setting that works, with tokens shaped as its product shapes them. */
const recipes = new URL('../../docs/identity-providers/', import.meta.url);
const publicUrl = 'https://fhir.example';
const fhirBase = `${publicUrl}/fhir/r4`;
const now = Math.floor(Date.now() / 1000);
const times = { iat: now, exp: now + 300 };
type Claims = Readonly<Record<string, unknown>>;
type Product = 'keycloak' | 'entra' | 'okta' | 'auth0' | 'intersystems-iris';

let keys: TestIssuer;
let folder: string;
beforeAll(async () => {
  keys = await TestIssuer.start(fhirBase);
  folder = mkdtempSync(join(tmpdir(), 'lanyard-recipes-'));
  writeFileSync(join(folder, 'secret'), 'the secret of the recipe\n');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await keys.close();
});

/** The file as an operator would name it, only that its secret lies elsewhere. */
function read(product: Product, setting: 'LOGIN_PROVIDERS' | 'TRUSTED_ISSUERS'): AppConfig {
  const file = `${product}.${setting.toLowerCase().replace('_', '-')}.json`;
  const text = readFileSync(new URL(file, recipes), 'utf8');
  const path = join(folder, file);
  writeFileSync(path, text.replace(/"\/run\/secrets\/[^"]*"/, JSON.stringify(join(folder, 'secret'))));
  return new AppConfig({ PUBLIC_URL: publicUrl, [setting]: `@${path}` });
}

/** Trusts what the recipe trusts; only the keys come from this machine. */
const direct = (product: Product) =>
  authenticatorFor(
    read(product, 'TRUSTED_ISSUERS').trustedIssuers.map((issuer) => ({ ...issuer, jwksUri: `${keys.url}/jwks` })),
    { resource: fhirBase },
  );
const token = (claims: Claims, header: Claims = { typ: 'JWT' }): string =>
  signed({ alg: 'RS256', kid: keys.key.kid, ...header }, { ...times, ...claims }, keys.key);

function broker(product: Product): LoginProvider {
  const [provider] = read(product, 'LOGIN_PROVIDERS').loginProviders;
  expect(provider?.clientSecret).toBe('the secret of the recipe');
  return provider!;
}
const userOf = (product: Product, claims: Claims) => {
  const provider = broker(product);
  return {
    name: accountNames(provider, claims, String(claims['sub']))[0],
    rights: rightsOf(provider, claims, fhirBase),
  };
};

describe('Keycloak', () => {
  const iss = 'https://keycloak.example/realms/hospital';
  const user = {
    iss,
    jti: 'onrtac:1b',
    aud: [fhirBase, 'account'],
    sub: 'f3a1c0de',
    typ: 'Bearer',
    azp: 'growth-chart',
    sid: 's1',
    acr: '1',
    'allowed-origins': ['https://app.example'],
    realm_access: { roles: ['offline_access', 'uma_authorization'] },
    resource_access: { account: { roles: ['manage-account'] } },
    scope: 'openid profile patient/Observation.rs',
    preferred_username: 'ana',
    patient: 'p1',
    fhirUser: `${fhirBase}/Patient/p1`,
  };

  it('direct: a user token with the audience mapper', async () => {
    expect(await principalFor(direct('keycloak'), token(user))).toMatchObject({
      clientId: 'growth-chart',
      kind: 'user',
      patient: 'p1',
      fhirUser: { type: 'Patient', id: 'p1' },
      scopes: ['openid', 'profile', 'patient/Observation.rs'],
    });
  });

  it('direct: a service account', async () => {
    const service = { client_id: 'loader', azp: 'loader', preferred_username: 'service-account-loader' };
    const claims = { ...user, ...service, scope: 'system/*.rs', patient: undefined, fhirUser: undefined };
    expect(await principalFor(direct('keycloak'), token(claims))).toMatchObject({
      kind: 'machine',
      clientId: 'loader',
    });
  });

  it('direct: realm roles are no scopes; without the mapper the audience is missing; ID and refresh tokens are refused', async () => {
    const server = direct('keycloak');
    const roles = { ...user, scope: 'openid', roles: ['user/*.cruds'], permissions: ['user/*.cruds'] };
    expect(await principalFor(server, token(roles))).toMatchObject({ scopes: ['openid'] });
    expect(await codesFor(server, token({ ...user, aud: 'account' }))).toEqual(['aud-mismatch']);
    expect(await codesFor(server, token({ ...user, aud: undefined }))).toEqual(['aud-missing']);
    expect(await codesFor(server, token({ ...user, typ: 'ID', at_hash: 'x' }))).toEqual(['typ-not-access-token']);
    expect(await codesFor(server, token({ ...user, typ: 'Refresh' }))).toEqual(['typ-not-access-token']);
  });

  it('broker: groups and the fhirUser attribute', () => {
    const idToken = { iss, aud: 'lanyard', azp: 'lanyard', typ: 'ID', sub: 'f3a1c0de', preferred_username: 'ana' };
    const claims = { ...idToken, groups: ['nurses', 'choir'], fhirUser: 'Practitioner/n1' };
    expect(userOf('keycloak', claims)).toEqual({
      name: 'keycloak:ana',
      rights: { grants: 'user/*.rs user/Observation.cruds', fhirUser: 'Practitioner/n1' },
    });
    expect(userOf('keycloak', { ...claims, fhirUser: undefined }).rights).toBe('fhirUser-missing');
    expect(userOf('keycloak', { ...claims, groups: ['choir'] }).rights).toBe('grants-missing');
  });
});

describe('Microsoft Entra', () => {
  const tenant = '72f988bf-0000-0000-0000-2d7cd011db47';
  const api = '9a0f2b5c-0000-0000-0000-d2c1a77f0b11';
  const app = '11112222-bbbb-3333-cccc-4444dddd5555';
  const common = {
    oid: 'aaaaaaaa-0000',
    tid: tenant,
    sub: 'AAAAAGpairwise',
    rh: '0.AAA',
    uti: 'u1',
    nbf: now,
    aio: 'x',
  };
  const v2 = {
    ...common,
    iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
    aud: api,
    ver: '2.0',
    azp: app,
    azpacr: '1',
  };
  const v1 = {
    ...common,
    iss: `https://sts.windows.net/${tenant}/`,
    aud: `api://${api}`,
    ver: '1.0',
    appid: app,
    appidacr: '1',
  };
  const header = { typ: 'JWT', x5t: 'thumbprint' };

  it.each([
    ['2.0', v2],
    ['1.0', v1],
  ])('direct: a user token of version %s, scp as one text', async (_, claims) => {
    const user = {
      ...claims,
      scp: 'user.all.read user.all.write',
      name: 'Ana',
      preferred_username: 'ana@hospital.example',
    };
    expect(await principalFor(direct('entra'), token(user, header))).toMatchObject({
      clientId: app,
      kind: 'user',
      scopes: ['user/*.rs', 'user/*.cud'],
    });
  });

  it.each([
    ['2.0', v2],
    ['1.0', v1],
  ])('direct: an app-only token of version %s, roles and idtyp', async (_, claims) => {
    const machine = { ...claims, sub: common.oid, idtyp: 'app', roles: ['system.all.read'] };
    expect(await principalFor(direct('entra'), token(machine, header))).toMatchObject({
      kind: 'machine',
      scopes: ['system/*.rs'],
    });
  });

  it('direct: the confidential web app of a user is no machine', async () => {
    const user = { ...v2, scp: 'user.all.read', roles: ['system.all.read'] };
    expect(await principalFor(direct('entra'), token(user, header))).toMatchObject({ kind: 'user' });
  });

  it('direct: the version is told by the issuer, and so are the audience and the tenant', async () => {
    const server = direct('entra');
    expect(await codesFor(server, token({ ...v2, aud: `api://${api}`, scp: 'x' }, header))).toEqual(['aud-mismatch']);
    expect(await codesFor(server, token({ ...v1, aud: api, scp: 'x' }, header))).toEqual(['aud-mismatch']);
    const foreign = { ...v2, iss: v2.iss.replace('72f9', '0000'), scp: 'x' };
    expect(await codesFor(server, token(foreign, header))).toEqual(['iss-untrusted', 'aud-mismatch']);
    // A Microsoft Graph token, which is what an app gets that asks for no scope of this API.
    expect(await codesFor(server, token({ ...v1, aud: '00000003-0000-0000-c000-000000000000' }, header))).toEqual([
      'aud-mismatch',
    ]);
  });

  it('broker: app roles', () => {
    const idToken = { ...v2, aud: app, azp: undefined, nonce: 'n', preferred_username: 'ana@hospital.example' };
    expect(userOf('entra', { ...idToken, roles: ['FHIR.Doctor'] })).toEqual({
      name: 'entra:ana@hospital.example',
      rights: { grants: 'user/*.cruds', fhirUser: null },
    });
    expect(userOf('entra', idToken).rights).toBe('grants-missing');
  });
});

describe('Okta', () => {
  const iss = 'https://hospital.okta.example/oauth2/aus1fhir';
  const user = {
    ver: 1,
    jti: 'AT.kq1',
    iss,
    aud: fhirBase,
    cid: '0oa1app',
    uid: '00u1ana',
    scp: ['openid', 'launch/patient', 'patient/*.rs'],
    auth_time: now,
    sub: 'ana@hospital.example',
    patient: 'p1',
    fhirUser: 'Patient/p1',
  };

  it('direct: a user token, scp as a list, no typ', async () => {
    expect(await principalFor(direct('okta'), token(user, {}))).toMatchObject({
      clientId: '0oa1app',
      kind: 'user',
      patient: 'p1',
      scopes: ['openid', 'launch/patient', 'patient/*.rs'],
    });
  });

  it('direct: a service app, whose sub is its cid', async () => {
    const service = { ...user, uid: undefined, sub: '0oa1app', scp: ['system/*.rs'], patient: undefined };
    expect(await principalFor(direct('okta'), token(service, {}))).toMatchObject({ kind: 'machine' });
  });

  it('direct: tokens of the org authorization server, and of one with the usual audience, do not count', async () => {
    const server = direct('okta');
    const org = 'https://hospital.okta.example';
    expect(await codesFor(server, token({ ...user, iss: org, aud: org }, {}))).toEqual([
      'iss-untrusted',
      'aud-mismatch',
    ]);
    expect(await codesFor(server, token({ ...user, aud: 'api://default' }, {}))).toEqual(['aud-mismatch']);
  });

  it('broker: a groups claim', () => {
    const idToken = { sub: '00u1ana', ver: 1, iss: 'https://hospital.okta.example', aud: '0oa1lanyard', amr: ['pwd'] };
    const claims = { ...idToken, preferred_username: 'ana@hospital.example', groups: ['Everyone', 'FHIR readers'] };
    expect(userOf('okta', claims)).toEqual({
      name: 'okta:ana@hospital.example',
      rights: { grants: 'user/*.rs', fhirUser: null },
    });
  });
});

describe('Auth0', () => {
  const iss = 'https://hospital.auth0.example/';
  const claim = (name: string): string => `https://fhir.example/claims/${name}`;
  const user = {
    iss,
    sub: 'auth0|6553da60',
    aud: [fhirBase, `${iss}userinfo`],
    azp: 'K1AUPhZq8',
    scope: 'openid profile patient/*.rs',
    [claim('patient')]: 'p1',
    [claim('fhirUser')]: 'Patient/p1',
  };

  it('direct: a user token of either token profile', async () => {
    const expected = { clientId: 'K1AUPhZq8', kind: 'user', patient: 'p1', fhirUser: { type: 'Patient', id: 'p1' } };
    expect(await principalFor(direct('auth0'), token(user))).toMatchObject(expected);
    const rfc9068 = { ...user, azp: undefined, client_id: 'K1AUPhZq8', jti: '73Wakr' };
    expect(await principalFor(direct('auth0'), token(rfc9068, { typ: 'at+jwt' }))).toMatchObject(expected);
  });

  it('direct: a machine, by gty or by its sub', async () => {
    const machine = { iss, sub: 'awZfdI@clients', aud: fhirBase, azp: 'awZfdI', scope: 'system/*.rs' };
    for (const claims of [machine, { ...machine, gty: 'client-credentials', sub: 'x' }]) {
      expect(await principalFor(direct('auth0'), token(claims))).toMatchObject({
        kind: 'machine',
        scopes: ['system/*.rs'],
      });
    }
  });

  it('direct: permissions that the app did not ask for do not count', async () => {
    expect(await principalFor(direct('auth0'), token({ ...user, permissions: ['user/*.cruds'] }))).toMatchObject({
      scopes: ['openid', 'profile', 'patient/*.rs'],
    });
  });

  it('direct: an issuer without its slash, and a token for userinfo only, do not count', async () => {
    const server = direct('auth0');
    expect(await codesFor(server, token({ ...user, iss: iss.slice(0, -1) }))).toEqual(['iss-untrusted']);
    expect(await codesFor(server, token({ ...user, aud: `${iss}userinfo` }))).toEqual(['aud-mismatch']);
  });

  it('broker: namespaced claims of an Action', () => {
    const idToken = { iss, sub: 'auth0|6553da60', aud: 'lAnYaRdClIeNt', nickname: 'ana', sid: 's' };
    const claims = { ...idToken, [claim('roles')]: ['patient'], [claim('fhirUser')]: `${fhirBase}/Patient/p1` };
    expect(userOf('auth0', claims)).toEqual({
      name: 'auth0:ana',
      rights: { grants: 'user/*.rs', fhirUser: 'Patient/p1' },
    });
  });
});

describe('InterSystems IRIS', () => {
  const iss = 'https://iris.example/authserver/oauth2';
  const user = {
    jti: `${iss}.Yx1`,
    iss,
    sub: 'ana',
    client_id: 'c1',
    aud: [fhirBase, 'c1'],
    scope: 'openid launch/patient patient/*.read',
    patient: '7',
    fhirUser: `${fhirBase}/Patient/7`,
  };

  it('direct: a user token, scope as text, version 1 scopes', async () => {
    expect(await principalFor(direct('intersystems-iris'), token(user, {}))).toMatchObject({
      clientId: 'c1',
      kind: 'user',
      patient: '7',
      scopes: ['openid', 'launch/patient', 'patient/*.read'],
    });
  });

  it('direct: a client credentials token, whose sub is the client, is a machine', async () => {
    const machine = { ...user, sub: 'c1', scope: 'system/*.read', patient: undefined, fhirUser: undefined };
    expect(await principalFor(direct('intersystems-iris'), token(machine, {}))).toMatchObject({ kind: 'machine' });
  });

  it('direct: the JWT of a web application is no access token of the authorization server', async () => {
    const login = { iss: 'iris.example/IRIS', sub: 'ana', sid: 's', app: '/csp/healthshare/fhir/r4' };
    expect(await codesFor(direct('intersystems-iris'), token(login))).toEqual(['iss-untrusted', 'aud-missing']);
  });

  it('broker: everybody who is linked gets the grants of the recipe', () => {
    expect(userOf('intersystems-iris', { iss, sub: 'ana', aud: 'lanyard-client-id' })).toEqual({
      name: 'iris:ana',
      rights: { grants: 'user/*.rs', fhirUser: null },
    });
  });
});
