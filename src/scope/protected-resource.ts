import type { JsonObject } from '../fhir/model/json.js';
import type { RefusalLinks } from '../refusal/challenge.js';
import { supportedScopes, type TokenIssuers } from './supported-scopes.js';

/**
 * The metadata of this resource server (RFC 9728 2), served at `/.well-known/oauth-protected-resource/fhir/r4`.
 * Authorization servers are the trusted ones: accounts of this server log in without one.
 */
export function protectedResource({ fhirBase, docsUrl }: RefusalLinks, issuers: TokenIssuers): JsonObject {
  return {
    resource: fhirBase,
    // RFC 9728 3.2: a parameter without values is left out.
    ...(issuers.trusted.length > 0 && { authorization_servers: issuers.trusted }),
    scopes_supported: supportedScopes(issuers),
    bearer_methods_supported: ['header'],
    resource_name: 'FHIR R4 server',
    resource_documentation: docsUrl,
  };
}
