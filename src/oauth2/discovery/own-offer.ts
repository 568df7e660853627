import type { AuthorizationServerOffer } from '../../auth/issuers/authorization-server-offer.js';
import { assertionAlgorithms, clientAuthMethods, routes } from '../provider/provider-configuration.js';
import { plainScopes } from '../scopes/offered-scopes.js';

/** SMART App Launch 2.2, "Capabilities": each is kept, and shown by a test. */
const capabilities = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
] as const;

/** The offer of the embedded authorization server, from the very lists that configure it. */
export const ownOffer = (
  issuer: string,
  { registration }: { readonly registration: boolean },
): AuthorizationServerOffer => ({
  issuer,
  authorizationEndpoint: `${issuer}${routes.authorization}`,
  tokenEndpoint: `${issuer}${routes.token}`,
  introspectionEndpoint: `${issuer}${routes.introspection}`,
  revocationEndpoint: `${issuer}${routes.revocation}`,
  endSessionEndpoint: `${issuer}${routes.end_session}`,
  ...(registration && { registrationEndpoint: `${issuer}/register` }),
  managementEndpoint: `${issuer}/apps`,
  jwksUri: `${issuer}${routes.jwks}`,
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  responseTypes: ['code'],
  tokenEndpointAuthMethods: clientAuthMethods,
  tokenEndpointAuthSigningAlgorithms: assertionAlgorithms,
  codeChallengeMethods: ['S256'],
  plainScopes,
  capabilities,
});
