import { sameUrl } from './same-url.js';

/**
 * The authorization request as oidc-provider reads it. SMART names the server in `aud`, OAuth in `resource`; and OpenID Connect
 * gives `offline_access` only to requests that demand consent, which ours always do.
 */
export function authorizationQuery(asked: URLSearchParams, fhirBase: string): URLSearchParams {
  const query = new URLSearchParams(asked);
  const [resource, ...others] = query.getAll('resource');
  if (resource !== undefined && others.length === 0) {
    if (!query.has('aud')) query.set('aud', resource);
    if (sameUrl(resource, fhirBase)) query.set('resource', fhirBase);
  }
  const prompts = (query.get('prompt') ?? '').split(' ').filter((prompt) => prompt !== '');
  const isOffline = query.getAll('scope').some((scope) => scope.split(' ').includes('offline_access'));
  if (isOffline && query.getAll('prompt').length < 2 && !prompts.some((prompt) => /^(?:none|consent)$/.test(prompt))) {
    query.set('prompt', [...prompts, 'consent'].join(' '));
  }
  return query;
}
