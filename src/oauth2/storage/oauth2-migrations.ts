import { AuthorizationServer1700000020000 } from './1700000020000-authorization-server.js';
import { OauthClients1700000021000 } from './1700000021000-oauth-clients.js';
import { SecondFactors1700000022000 } from './1700000022000-second-factors.js';
import { LoginProviders1700000023000 } from './1700000023000-login-providers.js';
import { OauthResources1700000051000 } from './1700000051000-oauth-resources.js';

/** For the `migrations` of the DataSource, oldest first. */
export const oauth2Migrations = [
  AuthorizationServer1700000020000,
  OauthClients1700000021000,
  SecondFactors1700000022000,
  LoginProviders1700000023000,
  OauthResources1700000051000,
] as const;
