import { isSecureUrl } from '../../config/secure-url.js';
import type { JsonObject } from '../../r4/json/json.js';

/** Metadata that an authorization server publishes (RFC 8414, OpenID Connect Discovery); none of it is trusted. */
type Metadata = Readonly<Record<string, unknown>>;

/** Grants of SMART App Launch; others that a server may have are no business of an app here. */
const smartGrants = new Set(['authorization_code', 'refresh_token', 'client_credentials']);

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'introspection_endpoint',
  'revocation_endpoint',
  'registration_endpoint',
] as const;

/**
 * smart-configuration where another server issues the tokens: its endpoints, and of the capabilities of SMART App Launch 2.2
 * those that its own metadata shows. `own` is what this resource server does for tokens of any issuer.
 */
export function externalSmartConfiguration(metadata: Metadata, own: JsonObject): JsonObject {
  const offer = readOffer(metadata);
  const { scopes_supported: _, ...facts } = own;
  return {
    ...facts,
    ...(typeof metadata['issuer'] === 'string' && { issuer: metadata['issuer'] }),
    ...addressesOf(metadata),
    grant_types_supported: offer.grants,
    response_types_supported: offer.hasCode ? ['code'] : [],
    ...(offer.scopes.length > 0 && { scopes_supported: offer.scopes }),
    // SMART: S256, and never plain.
    ...(offer.hasPkce && { code_challenge_methods_supported: ['S256'] }),
    ...(offer.authMethods.length > 0 && { token_endpoint_auth_methods_supported: offer.authMethods }),
    ...(offer.algorithms.length > 0 && { token_endpoint_auth_signing_alg_values_supported: offer.algorithms }),
    capabilities: [...new Set([...capabilitiesOf(own), ...shown(offer)])],
  };
}

interface Offer {
  readonly hasCode: boolean;
  readonly hasPkce: boolean;
  readonly grants: readonly string[];
  readonly scopes: readonly string[];
  readonly authMethods: readonly string[];
  readonly algorithms: readonly string[];
  readonly isOpenIdProvider: boolean;
}

function readOffer(metadata: Metadata): Offer {
  const list = (name: string, otherwise: readonly string[] = []): readonly string[] =>
    textsOf(metadata[name]) ?? otherwise;
  const hasToken = isAddress(metadata['token_endpoint']);
  // RFC 8414 2: these are the defaults when nothing is said.
  const grants = hasToken
    ? list('grant_types_supported', ['authorization_code']).filter((grant) => smartGrants.has(grant))
    : [];
  const hasCode =
    isAddress(metadata['authorization_endpoint']) &&
    grants.includes('authorization_code') &&
    list('response_types_supported').includes('code');
  return {
    hasCode,
    hasPkce: hasCode && list('code_challenge_methods_supported').includes('S256'),
    grants: grants.filter((grant) => grant !== 'authorization_code' || hasCode),
    scopes: list('scopes_supported'),
    authMethods: hasToken ? list('token_endpoint_auth_methods_supported', ['client_secret_basic']) : [],
    algorithms: list('token_endpoint_auth_signing_alg_values_supported'),
    isOpenIdProvider:
      isAddress(metadata['jwks_uri']) &&
      list('id_token_signing_alg_values_supported').includes('RS256') &&
      [...list('scopes_supported'), ...list('claims_supported')].includes('fhirUser'),
  };
}

/** Each capability with what has to be in the metadata before an app is told to rely on it. */
const evidence: Readonly<Record<string, (offer: Offer) => boolean>> = {
  'launch-standalone': ({ hasPkce, scopes }) =>
    hasPkce && scopes.some((scope) => /^(?:launch\/)?(?:patient|user)\b/.test(scope)),
  'launch-ehr': ({ hasPkce, scopes }) => hasPkce && scopes.includes('launch'),
  'context-standalone-patient': ({ hasPkce, scopes }) => hasPkce && scopes.includes('launch/patient'),
  'context-standalone-encounter': ({ hasPkce, scopes }) => hasPkce && scopes.includes('launch/encounter'),
  'client-public': ({ hasPkce, authMethods }) => hasPkce && authMethods.includes('none'),
  'client-confidential-symmetric': ({ authMethods }) => authMethods.includes('client_secret_basic'),
  'client-confidential-asymmetric': ({ authMethods, algorithms }) =>
    authMethods.includes('private_key_jwt') && algorithms.some((name) => name === 'RS384' || name === 'ES384'),
  'sso-openid-connect': ({ hasCode, scopes, isOpenIdProvider }) =>
    hasCode && isOpenIdProvider && scopes.includes('openid'),
  'permission-offline': ({ grants, scopes }) => grants.includes('refresh_token') && scopes.includes('offline_access'),
  'permission-online': ({ grants, scopes }) => grants.includes('refresh_token') && scopes.includes('online_access'),
};

const shown = (offer: Offer): readonly string[] =>
  Object.entries(evidence).flatMap(([capability, isShown]) => (isShown(offer) ? [capability] : []));

const capabilitiesOf = (own: JsonObject): readonly string[] => textsOf(own['capabilities']) ?? [];

const addressesOf = (metadata: Metadata): JsonObject =>
  Object.fromEntries(
    endpoints.flatMap((name) => {
      const address = metadata[name];
      return isAddress(address) ? [[name, address]] : [];
    }),
  );

const isAddress = (value: unknown): value is string => typeof value === 'string' && isSecureUrl(value);

const textsOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
