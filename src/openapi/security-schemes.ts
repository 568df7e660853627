import type { AuthOptions } from '../auth/auth-options.js';
import { supportedScopes } from '../scope/grammar/supported-scopes.js';
import { tokenIssuers } from '../fhir/http/documents/token-issuers.js';
import { bearer, smart } from './security.js';

/** Schemes that this server takes, from the options that tokens are checked with. */
export function securitySchemes(auth: AuthOptions): Readonly<Record<string, object>> {
  return {
    [bearer]: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'An access token. It needs the scopes that stand beside each route.',
    },
    [smart]: smartScheme(auth),
    basic: { type: 'http', scheme: 'basic', description: 'Name and password of a user, or id and secret of a client.' },
  };
}

/** The embedded authorization server with its addresses; without it the discovery of the first issuer that is trusted. */
function smartScheme(auth: AuthOptions): object {
  const { authorizationServer: server, issuers } = auth;
  const description =
    'SMART App Launch 2.2. Beside the scopes listed here, each type has its own, such as `patient/Observation.rs?category=laboratory`.';
  if (server) {
    const scopes = [...server.plainScopes, ...supportedScopes(tokenIssuers(auth))];
    const flow = { tokenUrl: server.tokenEndpoint, refreshUrl: server.tokenEndpoint };
    return {
      type: 'oauth2',
      description,
      flows: {
        authorizationCode: { ...flow, authorizationUrl: server.authorizationEndpoint, scopes: described(scopes) },
        clientCredentials: {
          tokenUrl: server.tokenEndpoint,
          scopes: described(scopes.filter((scope) => scope.startsWith('system/'))),
        },
      },
    };
  }
  const [first] = issuers;
  return {
    type: 'openIdConnect',
    description: `${description} Tokens come from ${issuers.map(({ issuer }) => issuer).join(', ')}.`,
    openIdConnectUrl: `${first?.issuer.replace(/\/$/, '') ?? auth.resource}/.well-known/openid-configuration`,
  };
}

const described = (scopes: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(scopes.map((scope) => [scope, meaningOf(scope)]));

const contexts: Readonly<Record<string, string>> = {
  patient: 'in the record of one patient',
  user: 'as far as the user may',
  system: 'for a service without a user',
  admin: 'administration of this server',
};

function meaningOf(scope: string): string {
  const [context = '', rest = ''] = scope.split('/', 2);
  const where = contexts[context];
  if (where === undefined || !rest.includes('.')) return 'SMART App Launch 2.2';
  return `${rest.slice(rest.indexOf('.') + 1)}: ${where}`;
}
