import type { Configuration } from 'oidc-provider';
import type { Oauth2Options } from '../oauth2-options.js';
import type { PageLooks } from '../pages/look.js';
import { describeReason } from './explain-error.js';
import { logoutPages } from './logout-pages.js';
import { errors } from './oidc-library.js';

const minute = 60;
const hour = 60 * minute;
const year = 365 * 24 * hour;

/** Clients prove themselves with these (SMART App Launch 2.2 asks for RS384 and ES384 at least). */
export const assertionAlgorithms = ['RS384', 'ES384', 'RS256', 'RS512', 'ES256', 'PS256', 'PS384', 'PS512'] as const;
export const clientAuthMethods = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;

/** Paths of oidc-provider's endpoints below the issuer. */
export const routes = {
  authorization: '/authorize',
  token: '/token',
  introspection: '/introspect',
  revocation: '/revoke',
  end_session: '/logout',
  jwks: '/jwks',
} as const;

/** Name of the cookie of oidc-provider's sessions. */
export const sessionCookie = 'lanyard_session';

/** How long a browser stays logged in after its last use, in seconds. */
export const sessionSeconds = 12 * hour;

/** Access tokens of machines: SMART App Launch 2.2, "Backend Services". */
export const machineTokenTtl = 300;

/** Bytes of the key set at a client's `jwks_uri`, which the author of the registration chooses. */
const largestKeySet = 256 * 1024;

/** The rules that depend on nobody's request. */
export function fixedConfiguration(
  options: Oauth2Options,
  looks: PageLooks,
): Configuration & Required<Pick<Configuration, 'features'>> {
  return {
    routes,
    responseTypes: ['code'],
    // SMART's scopes are those of the resource server, which depend on the request.
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    conformIdTokenClaims: false,
    clientAuthMethods: [...clientAuthMethods],
    enabledJWA: {
      clientAuthSigningAlgValues: [...assertionAlgorithms],
      idTokenSigningAlgValues: ['RS256'],
    },
    pkce: { required: refuseWithoutPkce },
    allowOmittingSingleRegisteredRedirectUri: false,
    clockTolerance: options.clockSkew,
    fetchResponseBodyLimits: { jwks_uri: largestKeySet },
    features: features(looks),
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') || source.scopes.has('online_access')),
    // The grant keeps the session that it ends with; a second launch of the same app does not end it.
    expiresWithSession: () => false,
    rotateRefreshToken: ({ oidc: { client } }) => client?.clientAuthMethod === 'none',
    ttl: {
      AccessToken: options.accessTokenTtl,
      AuthorizationCode: minute,
      ClientCredentials: machineTokenTtl,
      // The row of a grant decides if it lives.
      Grant: 10 * year,
      IdToken: Math.min(options.accessTokenTtl, hour),
      Interaction: 20 * minute,
      RefreshToken: options.refreshTokenTtl,
      Session: sessionSeconds,
    },
  };
}

/** Called for each request that has no challenge of the right form. */
function refuseWithoutPkce(): never {
  const fact = 'the request has no code_challenge with code_challenge_method=S256 (PKCE)';
  throw new errors.InvalidRequest(describeReason('pkce-missing', fact));
}

const features = (looks: PageLooks): NonNullable<Configuration['features']> => ({
  devInteractions: { enabled: false },
  clientCredentials: { enabled: true },
  // Both authenticate the client; what they answer is ours, since oidc-provider does not know JWTs once they are issued.
  introspection: { enabled: true, allowedPolicy: () => true },
  revocation: { enabled: true, allowedPolicy: () => false },
  userinfo: { enabled: false },
  claimsParameter: { enabled: false },
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  rpInitiatedLogout: { enabled: true, ...logoutPages(looks) },
});
