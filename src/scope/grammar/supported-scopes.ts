import type { AuthorizationServerOffer } from '../../auth/issuers/authorization-server-offer.js';
import { everyAdminScope } from './admin-scope.js';

/** Issuers whose tokens this server accepts. */
export interface TokenIssuers {
  /** The issuer of this server's own accounts (`/login`), if there are any. */
  readonly local?: string;
  /** Trusted authorization servers, in the order of the settings. */
  readonly trusted: readonly string[];
  /** The authorization server for those accounts, if it is switched on. */
  readonly server?: AuthorizationServerOffer;
}

const levels = ['cruds', 'rs', 'read', 'write', '*'];

/** Scopes that some issuer of this server can really grant: `/login` gives `user/` and `admin/` scopes only. */
export function supportedScopes({ local, trusted, server }: TokenIssuers): readonly string[] {
  const contexts = trusted.length > 0 || server ? ['patient', 'user', 'system'] : ['user'];
  const scopes = contexts.flatMap((context) => levels.map((level) => `${context}/*.${level}`));
  return local === undefined ? scopes : [...scopes, everyAdminScope];
}
