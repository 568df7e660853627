import { describe, expect, it } from 'vitest';
import { externalSmartConfiguration } from './external-smart-configuration.js';
import { smartConfiguration } from './smart-configuration.js';

const idp = 'https://idp.example';
const own = smartConfiguration({ trusted: [idp] });
const full = {
  issuer: idp,
  authorization_endpoint: `${idp}/authorize`,
  token_endpoint: `${idp}/token`,
  jwks_uri: `${idp}/jwks`,
  introspection_endpoint: `${idp}/introspect`,
  revocation_endpoint: `${idp}/revoke`,
  registration_endpoint: `${idp}/register`,
  response_types_supported: ['code', 'token', 'id_token token'],
  grant_types_supported: ['authorization_code', 'implicit', 'password', 'refresh_token', 'client_credentials'],
  code_challenge_methods_supported: ['plain', 'S256'],
  scopes_supported: ['openid', 'fhirUser', 'launch', 'launch/patient', 'offline_access', 'patient/*.rs'],
  token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['RS384'],
  id_token_signing_alg_values_supported: ['RS256'],
  something_else: true,
};
type Changes = Readonly<Record<string, unknown>>;
const configuration = (changes: Changes = {}) =>
  externalSmartConfiguration(JSON.parse(JSON.stringify({ ...full, ...changes })) as Changes, own);
const capabilities = (changes?: Changes) => configuration(changes)['capabilities'];

describe('smart-configuration for an external authorization server', () => {
  it('has what the server really offers, and never implicit, password or plain', () => {
    expect(configuration()).toEqual({
      issuer: idp,
      authorization_endpoint: `${idp}/authorize`,
      token_endpoint: `${idp}/token`,
      jwks_uri: `${idp}/jwks`,
      introspection_endpoint: `${idp}/introspect`,
      revocation_endpoint: `${idp}/revoke`,
      registration_endpoint: `${idp}/register`,
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types_supported: ['code'],
      scopes_supported: full.scopes_supported,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: full.token_endpoint_auth_methods_supported,
      token_endpoint_auth_signing_alg_values_supported: ['RS384'],
      capabilities: [
        'permission-v1',
        'permission-v2',
        'permission-user',
        'permission-patient',
        'launch-standalone',
        'launch-ehr',
        'context-standalone-patient',
        'client-public',
        'client-confidential-symmetric',
        'client-confidential-asymmetric',
        'sso-openid-connect',
        'permission-offline',
      ],
    });
  });

  it.each<[string, Changes]>([
    ['launch-standalone', { code_challenge_methods_supported: ['plain'] }],
    ['launch-standalone', { code_challenge_methods_supported: undefined }],
    ['launch-standalone', { scopes_supported: ['openid', 'profile'] }],
    ['launch-standalone', { authorization_endpoint: undefined }],
    ['launch-standalone', { response_types_supported: ['token'] }],
    ['launch-ehr', { scopes_supported: ['launch/patient', 'patient/*.rs'] }],
    ['context-standalone-patient', { scopes_supported: ['launch', 'patient/*.rs'] }],
    ['client-public', { token_endpoint_auth_methods_supported: ['client_secret_basic'] }],
    ['client-confidential-symmetric', { token_endpoint_auth_methods_supported: ['client_secret_post'] }],
    ['client-confidential-asymmetric', { token_endpoint_auth_signing_alg_values_supported: ['RS256', 'ES256'] }],
    ['client-confidential-asymmetric', { token_endpoint_auth_methods_supported: ['client_secret_basic'] }],
    ['sso-openid-connect', { scopes_supported: ['openid', 'launch/patient'] }],
    ['sso-openid-connect', { id_token_signing_alg_values_supported: ['ES256'] }],
    ['sso-openid-connect', { jwks_uri: undefined }],
    ['permission-offline', { grant_types_supported: ['authorization_code'] }],
    ['permission-offline', { scopes_supported: ['openid'] }],
  ])('claims no %s with %j', (capability, changes) => {
    expect(capabilities()).toContain(capability);
    expect(capabilities(changes)).not.toContain(capability);
  });

  it('claims nothing but its own of a server that says nothing', () => {
    expect(externalSmartConfiguration({ issuer: idp }, own)).toEqual({
      issuer: idp,
      grant_types_supported: [],
      response_types_supported: [],
      capabilities: own['capabilities'],
    });
  });

  it('passes on no address that is not absolute and safe, and survives metadata of any form', () => {
    const bad = configuration({ authorization_endpoint: 'javascript:alert(1)', token_endpoint: '/token', jwks_uri: 7 });
    expect(bad).not.toHaveProperty('authorization_endpoint');
    expect(bad).not.toHaveProperty('token_endpoint');
    expect(bad).not.toHaveProperty('jwks_uri');
    expect(bad['grant_types_supported']).toEqual([]);
    const odd = configuration({
      scopes_supported: 'openid',
      grant_types_supported: {},
      response_types_supported: [1, null],
    });
    expect(odd).not.toHaveProperty('scopes_supported');
    expect(odd['response_types_supported']).toEqual([]);
  });
});
