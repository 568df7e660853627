import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ClientMetadata } from './client-metadata.js';
import { InvalidClient } from './invalid-client.js';
import { readClient } from './read-client.js';
import { validateClient } from './validate-client.js';

const rules = { jwksPrivateHosts: [], fhirBase: 'https://own.example/fhir/r4' };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaKey = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'k1' };
const ecKey = (namedCurve: string) => ({
  ...generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }),
  kid: namedCurve,
});

const app = {
  name: 'Growth chart',
  kind: 'public',
  redirectUris: ['https://app.example/callback'],
  scopes: 'openid patient/*.rs',
};
const service = { name: 'Nightly', kind: 'confidential-asymmetric', scopes: 'system/*.rs', jwks: { keys: [rsaKey] } };

const accept = (form: object): ClientMetadata => validateClient(readClient(form), rules);

/** Field, fact and cure of everything that is wrong. */
function problems(form: object): string[] {
  try {
    accept(form);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidClient)) throw error;
    return error.problems.map(({ field, fact, cure }) => `${field}: ${fact} ${cure}`);
  }
}

describe('validateClient', () => {
  it('fills in what a browser app and a machine mean', () => {
    expect(accept(app)).toMatchObject({ grantTypes: ['authorization_code'], scopes: ['openid', 'patient/*.rs'] });
    expect(accept({ ...app, scopes: 'launch/patient offline_access patient/*.rs' }).grantTypes).toContain(
      'refresh_token',
    );
    expect(accept(service).grantTypes).toEqual(['client_credentials']);
  });

  it.each([
    'https://app.example/callback?tenant=1',
    'http://localhost:8080/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:9/cb',
    'com.example.app:/oauth2',
  ])('accepts the redirect URI %s', (uri) => {
    expect(problems({ ...app, redirectUris: [uri] })).toEqual([]);
  });

  it.each([
    ['http://app.example/callback', 'is http and leaves this machine'],
    ['http://127.0.0.1.evil.example/cb', 'is http and leaves this machine'],
    ['https://app.example/cb#x', 'has a fragment'],
    ['https://app.example/cb#', 'has a fragment'],
    ['/callback', 'is not an absolute URL'],
    ['https://app.example/a b', 'is not an absolute URL'],
    ['https://app.example\\@evil.example/', 'is not an absolute URL'],
    ['https://user@app.example/', 'has a user name'],
    ['https://*.example/cb', 'has a wildcard'],
    ['javascript:alert(1)', 'is neither https nor'],
    ['data:text/html,x', 'is neither https nor'],
    ['myapp:/callback', 'is neither https nor'],
    [`https://app.example/${'x'.repeat(2000)}`, 'is longer'],
  ])('refuses the redirect URI %s', (uri, why) => {
    expect(problems({ ...app, redirectUris: [uri] })).toEqual([expect.stringContaining(why)]);
    expect(problems({ ...app, redirectUris: [uri] })[0]).toMatch(/^redirectUris: .* Register exact URIs/);
  });

  it('lets only native apps have a scheme of their own', () => {
    expect(problems({ ...app, kind: 'confidential-symmetric', redirectUris: ['com.example.app:/cb'] })).toEqual([
      expect.stringContaining('only public (native) clients'),
    ]);
  });

  it.each([
    ['patient/observation.rs', 'did you mean Observation?'],
    ['patient/Observation.sr', 'write .rs'],
    ['openId', 'was openid meant?'],
    ['system/*.rs', 'is for machines'],
    ['email', 'is unknown'],
    ['user/Patient.rs?name:exact=x', 'modifiers'],
  ])('refuses the scope %s of an app', (scope, why) => {
    expect(problems({ ...app, scopes: [scope] })).toEqual([expect.stringContaining(why)]);
  });

  it('refuses scopes of users for a machine', () => {
    expect(problems({ ...service, scopes: 'system/*.rs user/Patient.rs openid' })).toHaveLength(2);
  });

  it.each([
    [{ grantTypes: ['client_credentials'], redirectUris: [], scopes: [] }, 'cannot prove who it is'],
    [{ grantTypes: ['authorization_code'], redirectUris: [] }, 'needs a redirect URI'],
    [{ grantTypes: ['refresh_token'] }, 'authorization_code is missing'],
    [{ introspects: true }, 'cannot introspect'],
    [{ grantTypes: [], redirectUris: [], scopes: [] }, 'gets no tokens'],
    [{ jwks: { keys: [rsaKey] } }, 'does not sign'],
    [{ name: ' ' }, 'no name that people can read'],
    [{ name: 'Lab\u202eppa' }, 'none of them invisible'],
    [{ launchUrl: 'javascript:alert(1)' }, 'is not https'],
    [{ logoUri: 'http://app.example/logo.png' }, 'is not https'],
    [{ origins: ['https://app.example/'] }, 'is not the origin'],
    [{ origins: ['*'] }, 'is not the origin'],
    [{ redirectUris: ['https://a.example/', 'https://a.example/'] }, 'twice'],
    [{ contacts: Array.from({ length: 11 }, (_, n) => `${n}@app.example`) }, 'more than 10'],
  ])('refuses %j for a public app', (change, why) => {
    expect(problems({ ...app, ...change }).join('\n')).toContain(why);
  });

  it('wants public keys in exactly one place', () => {
    const { jwks: _, ...keyless } = service;
    expect(problems(keyless)).toEqual([expect.stringContaining('exactly one place')]);
    expect(problems({ ...service, jwksUri: 'https://app.example/jwks' })).toEqual([
      expect.stringContaining('exactly one place'),
    ]);
    expect(problems({ ...keyless, jwksUri: 'https://app.example/jwks' })).toEqual([]);
  });

  it.each([
    'http://app.example/jwks',
    'http://localhost/jwks',
    'https://10.0.0.1/jwks',
    'https://[::1]/jwks',
    'https://169.254.169.254/',
    'https://[::ffff:10.0.0.1]/',
  ])('does not fetch keys from %s unless that is allowed', (jwksUri) => {
    const { jwks: _, ...keyless } = service;
    expect(problems({ ...keyless, jwksUri })).toEqual([expect.stringMatching(/^jwksUri: /)]);
  });

  it('fetches keys from this machine where that is allowed', () => {
    const { jwks: _, ...keyless } = service;
    const local = readClient({ ...keyless, jwksUri: 'http://localhost:9/jwks' });
    expect(validateClient(local, { ...rules, jwksPrivateHosts: ['localhost'] }).jwksUri).toBe(
      'http://localhost:9/jwks',
    );
  });

  it.each(['P-256', 'P-384'])('accepts a key on %s', (curve) => {
    expect(problems({ ...service, jwks: { keys: [ecKey(curve)] } })).toEqual([]);
  });

  it.each([
    [{ ...rsa.privateKey.export({ format: 'jwk' }), kid: 'k' }, 'is a private key'],
    [generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }), 'has no kid'],
    [
      { ...generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }), kid: 'k' },
      'has 1024 bits',
    ],
    [ecKey('P-521'), 'is not on the curve'],
    [{ kty: 'oct', k: 'c2VjcmV0', kid: 'k' }, 'is a private key'],
    [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'k' }, 'is neither RSA nor EC'],
    [{ kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA', kid: 'k' }, 'is no valid key'],
    [{ ...rsaKey, use: 'enc' }, 'not for signatures'],
    [{ ...rsaKey, key_ops: ['encrypt'] }, 'not for verifying'],
  ])('refuses a useless or dangerous key (%#)', (key, why) => {
    expect(problems({ ...service, jwks: { keys: [key] } })).toEqual([expect.stringContaining(why)]);
  });

  it('refuses two keys with one name, and none', () => {
    expect(problems({ ...service, jwks: { keys: [rsaKey, rsaKey] } })).toEqual([
      expect.stringContaining('the kid of another'),
    ]);
    expect(problems({ ...service, jwks: { keys: [] } })).toEqual([expect.stringContaining('0 keys')]);
  });

  it('keeps of a key only what verifies', () => {
    const { jwks } = accept({ ...service, jwks: { keys: [{ ...rsaKey, x5u: 'https://evil.example/' }] } });
    expect(jwks?.keys).toEqual([rsaKey]);
  });

  it('names everything that is wrong at once', () => {
    expect(problems({ ...app, redirectUris: ['x'], scopes: ['y'], origins: ['z'] })).toHaveLength(3);
  });
});

describe('readClient', () => {
  it.each([
    [{}, 'name: name is missing. Give the name that users will read.'],
    [{ ...app, kind: 'secret' }, 'kind: kind has the wrong form. Choose public'],
    [{ ...app, redirectUri: 'x' }, 'A client has no "redirectUri". Was redirectUris meant?'],
    [{ ...app, secretHash: 'x' }, 'A client has no "secretHash".'],
    [{ ...app, createdBy: 'admin' }, 'A client has no "createdBy".'],
    [{ ...app, grantTypes: ['password'] }, 'grantTypes.0 has the wrong form. Give a list of authorization_code'],
    [[], 'name: '],
  ])('refuses %j', (form, why) => {
    expect(problems(form).join('\n')).toContain(why);
  });
});
