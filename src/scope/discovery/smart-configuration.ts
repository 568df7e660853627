import type { AuthorizationServerOffer } from '../../auth/issuers/authorization-server-offer.js';
import type { JsonObject } from '../../r4/json/json.js';
import { supportedScopes, type TokenIssuers } from '../grammar/supported-scopes.js';

/**
 * `[base]/.well-known/smart-configuration` (SMART App Launch 2.2, "Conformance"), with only what works: the endpoints of the
 * embedded authorization server; without it no endpoint and no launch, for those of other issuers are theirs to publish.
 */
export function smartConfiguration(issuers: TokenIssuers & { readonly jwksUrl?: string }): JsonObject {
  const { local, jwksUrl, server } = issuers;
  if (server) return { ...endpointsOf(server), scopes_supported: [...server.plainScopes, ...supportedScopes(issuers)] };
  return {
    ...(local !== undefined && jwksUrl !== undefined && { issuer: local, jwks_uri: jwksUrl }),
    // RFC 8414 2: leaving these out would claim authorization_code and implicit.
    grant_types_supported: [],
    response_types_supported: [],
    scopes_supported: supportedScopes(issuers),
    capabilities: capabilitiesOf(issuers),
  };
}

const endpointsOf = (server: AuthorizationServerOffer): JsonObject => ({
  issuer: server.issuer,
  jwks_uri: server.jwksUri,
  authorization_endpoint: server.authorizationEndpoint,
  token_endpoint: server.tokenEndpoint,
  introspection_endpoint: server.introspectionEndpoint,
  revocation_endpoint: server.revocationEndpoint,
  management_endpoint: server.managementEndpoint,
  ...(server.registrationEndpoint !== undefined && { registration_endpoint: server.registrationEndpoint }),
  grant_types_supported: server.grantTypes,
  response_types_supported: server.responseTypes,
  code_challenge_methods_supported: server.codeChallengeMethods,
  token_endpoint_auth_methods_supported: server.tokenEndpointAuthMethods,
  token_endpoint_auth_signing_alg_values_supported: server.tokenEndpointAuthSigningAlgorithms,
  capabilities: server.capabilities,
});

/** patient/ scopes need a launch context, which only an authorization server gives. */
const capabilitiesOf = ({ trusted }: TokenIssuers): readonly string[] => [
  'permission-v1',
  'permission-v2',
  'permission-user',
  ...(trusted.length > 0 ? ['permission-patient'] : []),
];
