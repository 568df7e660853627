import type { JsonObject } from '../fhir/model/json.js';
import { supportedScopes, type TokenIssuers } from './supported-scopes.js';

/**
 * `[base]/.well-known/smart-configuration` (SMART App Launch 2.2, "Conformance"), with only what works: this server has no
 * authorization or token endpoint, so it names none and claims no launch; the endpoints of other issuers are theirs to publish.
 */
export function smartConfiguration(issuers: TokenIssuers & { readonly jwksUrl?: string }): JsonObject {
  const { local, jwksUrl } = issuers;
  return {
    ...(local !== undefined && jwksUrl !== undefined && { issuer: local, jwks_uri: jwksUrl }),
    // RFC 8414 2: leaving these out would claim authorization_code and implicit.
    grant_types_supported: [],
    response_types_supported: [],
    scopes_supported: supportedScopes(issuers),
    capabilities: capabilitiesOf(issuers),
  };
}

/** patient/ scopes need a launch context, which only an authorization server gives. */
const capabilitiesOf = ({ trusted }: TokenIssuers): readonly string[] => [
  'permission-v1',
  'permission-v2',
  'permission-user',
  ...(trusted.length > 0 ? ['permission-patient'] : []),
];
