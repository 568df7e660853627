import type { AuthorizationServerOffer } from '../../auth/issuers/authorization-server-offer.js';
import { supportedScopes, type TokenIssuers } from '../../scope/grammar/supported-scopes.js';

/** RFC 8414 section 2 and OpenID Connect Discovery 1.0 section 3 in one document, which both addresses serve. */
export function serverMetadata(
  offer: AuthorizationServerOffer,
  issuers: TokenIssuers,
): Readonly<Record<string, unknown>> {
  const authMethods = offer.tokenEndpointAuthMethods;
  const confidential = authMethods.filter((method) => method !== 'none');
  const algorithms = offer.tokenEndpointAuthSigningAlgorithms;
  return {
    issuer: offer.issuer,
    authorization_endpoint: offer.authorizationEndpoint,
    token_endpoint: offer.tokenEndpoint,
    introspection_endpoint: offer.introspectionEndpoint,
    revocation_endpoint: offer.revocationEndpoint,
    end_session_endpoint: offer.endSessionEndpoint,
    ...(offer.registrationEndpoint !== undefined && { registration_endpoint: offer.registrationEndpoint }),
    jwks_uri: offer.jwksUri,
    grant_types_supported: offer.grantTypes,
    response_types_supported: offer.responseTypes,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    scopes_supported: [...offer.plainScopes, ...supportedScopes(issuers)],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'fhirUser'],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    code_challenge_methods_supported: offer.codeChallengeMethods,
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: authMethods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint_auth_methods_supported: confidential,
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
  };
}
