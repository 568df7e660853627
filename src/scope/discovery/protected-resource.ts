import type { JsonObject } from '../../r4/json/json.js';
import type { RefusalLinks } from '../../refusal/challenge.js';
import { supportedScopes, type TokenIssuers } from '../grammar/supported-scopes.js';

/**
 * The metadata of this resource server (RFC 9728 2), served at `/.well-known/oauth-protected-resource/fhir/r4`.
 * Authorization servers are our own, if it is switched on, and the trusted ones: `/login` needs none.
 */
export function protectedResource({ fhirBase, docsUrl }: RefusalLinks, issuers: TokenIssuers): JsonObject {
  const servers = [...(issuers.server ? [issuers.server.issuer] : []), ...issuers.trusted];
  return {
    resource: fhirBase,
    // RFC 9728 3.2: a parameter without values is left out.
    ...(servers.length > 0 && { authorization_servers: servers }),
    scopes_supported: supportedScopes(issuers),
    bearer_methods_supported: ['header'],
    resource_name: 'FHIR R4 server',
    resource_documentation: docsUrl,
  };
}
