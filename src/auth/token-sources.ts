import type { AuthOptions } from './auth-options.js';

const longestList = 5;

/** Where a caller gets a token that works here; the cure most refusals share. */
export function tokenSources({ resource, issuers, localIssuer }: AuthOptions): string {
  const servers = [...(localIssuer === undefined ? [] : [localIssuer]), ...issuers.map(({ issuer }) => issuer)];
  if (servers.length === 0) return 'No authorization server is configured yet: name one in TRUSTED_ISSUERS.';
  const named = servers.slice(0, longestList).join(', ') + (servers.length > longestList ? ', …' : '');
  const request = `request an access token for ${resource} from ${named}`;
  return localIssuer === undefined
    ? `${request[0]!.toUpperCase()}${request.slice(1)}.`
    : `POST ${resource}/login with a user name and password of this server, or ${request}.`;
}
