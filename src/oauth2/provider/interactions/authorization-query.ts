import { sameUrl } from '../../clients/same-url.js';

/** The address of a server as its tokens name it; undefined for a server that is not known here. */
export type FindServer = (url: string) => Promise<string | undefined>;

/**
 * The authorization request as oidc-provider reads it. SMART names the server in `aud`, OAuth in `resource`; and OpenID Connect
 * gives `offline_access` only to requests that demand consent, which ours always do.
 */
export async function authorizationQuery(asked: URLSearchParams, find: FindServer): Promise<URLSearchParams> {
  const query = new URLSearchParams(asked);
  await nameServer(query, find);
  demandConsent(query);
  if (!hasPkce(query)) for (const name of pkce) query.delete(name);
  return query;
}

function demandConsent(query: URLSearchParams): void {
  const prompts = (query.get('prompt') ?? '').split(' ').filter((prompt) => prompt !== '');
  const isOffline = query.getAll('scope').some((scope) => scope.split(' ').includes('offline_access'));
  if (isOffline && query.getAll('prompt').length < 2 && !prompts.some((prompt) => /^(?:none|consent)$/.test(prompt))) {
    query.set('prompt', [...prompts, 'consent'].join(' '));
  }
}

/** Sets `aud` and `resource` to the one server as it is registered. Repeated or contradicting parameters stay: the checks refuse them. */
async function nameServer(query: URLSearchParams, find: FindServer): Promise<void> {
  const [resource, ...more] = query.getAll('resource');
  const [aud, ...others] = query.getAll('aud');
  const named = aud ?? resource;
  if (named === undefined || more.length > 0 || others.length > 0) return;
  if (aud === undefined) query.set('aud', named);
  const server = await find(named);
  if (server !== undefined && (resource === undefined || sameUrl(resource, server))) query.set('resource', server);
}

const pkce = ['code_challenge', 'code_challenge_method'];

/** RFC 7636 4.3. A wrong challenge is refused like a missing one, in our words; oidc-provider refuses repeated parameters. */
function hasPkce(query: URLSearchParams): boolean {
  if (pkce.some((name) => query.getAll(name).length > 1)) return true;
  return /^[\w.~-]{43,128}$/.test(query.get('code_challenge') ?? '') && query.get('code_challenge_method') === 'S256';
}
