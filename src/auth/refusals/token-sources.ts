import { listed } from '../../r4/errors/listed.js';
import type { AuthOptions } from '../auth-options.js';

const longestList = 5;

/** Ways to get a token that works here; the cure that most refusals share. */
export function tokenSources({ resource, issuers, localIssuer, loginUrl }: AuthOptions): string {
  const own = localIssuer === undefined || loginUrl !== undefined ? [] : [localIssuer];
  const named = [...own, ...issuers.map(({ issuer }) => issuer)];
  const ways = [
    ...(loginUrl === undefined ? [] : [`POST ${loginUrl} with a user name and password of this server`]),
    ...(named.length === 0 ? [] : [`request an access token for ${resource} from ${listed(named, longestList)}`]),
  ].join(', or ');
  return ways === ''
    ? 'No source of tokens is configured yet: an administrator can name an authorization server in TRUSTED_ISSUERS, or set LOGIN=on.'
    : `${ways[0]!.toUpperCase()}${ways.slice(1)}.`;
}
