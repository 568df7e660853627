import { everyAdminScope, everyOperatorScope } from '../../scope/grammar/admin-scope.js';
import type { OauthClient } from './oauth-client.js';

export const consoleClientId = 'lanyard-console';

/** Address below which the console of this issuer is: beside `/oauth2`, whatever path comes before. */
const consoleUrl = (issuer: string): string => new URL('console/', issuer).href;

/**
 * The console as a client: it is a part of this server, so it has no row (docs/adr/0070). A user gets in it what the user may do,
 * administration and operation included.
 */
export const consoleClient = (issuer: string): OauthClient => ({
  id: consoleClientId,
  name: 'Console of this server',
  kind: 'public',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: [`${consoleUrl(issuer)}callback`],
  postLogoutRedirectUris: [consoleUrl(issuer)],
  scopes: [
    'openid',
    'fhirUser',
    'online_access',
    'user/*.cruds',
    'user/AuditEvent.rs',
    everyAdminScope,
    everyOperatorScope,
  ],
  origins: [],
  contacts: [],
  introspects: false,
  createdBy: 'server',
  firstParty: true,
  disabled: false,
});
