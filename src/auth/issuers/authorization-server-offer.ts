/**
 * Offer of an authorization server (RFC 8414 section 2, SMART App Launch 2.2 "Conformance"): the one list from which
 * every document about it is made. Addresses are absolute.
 */
export interface AuthorizationServerOffer {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly introspectionEndpoint: string;
  readonly revocationEndpoint: string;
  readonly endSessionEndpoint: string;
  /** Absent while nobody may register by itself. */
  readonly registrationEndpoint?: string;
  /** Address where users see and take back what they granted. */
  readonly managementEndpoint: string;
  readonly jwksUri: string;
  readonly grantTypes: readonly string[];
  readonly responseTypes: readonly string[];
  readonly tokenEndpointAuthMethods: readonly string[];
  readonly tokenEndpointAuthSigningAlgorithms: readonly string[];
  readonly codeChallengeMethods: readonly string[];
  /** Scopes that name no resources. */
  readonly plainScopes: readonly string[];
  /** Capabilities of SMART App Launch 2.2. */
  readonly capabilities: readonly string[];
}
