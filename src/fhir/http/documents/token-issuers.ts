import type { AuthOptions } from '../../../auth/auth-options.js';
import type { TokenIssuers } from '../../../scope/grammar/supported-scopes.js';

/** Discovery is made from the very options that tokens are checked with. */
export const tokenIssuers = ({
  issuers,
  localIssuer,
  authorizationServer,
}: AuthOptions): TokenIssuers & { readonly jwksUrl?: string } => ({
  trusted: issuers.map(({ issuer }) => issuer),
  ...(localIssuer !== undefined && { local: localIssuer, jwksUrl: `${localIssuer}/jwks` }),
  ...(authorizationServer && { server: authorizationServer }),
});
