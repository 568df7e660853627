import type { Configuration } from 'oidc-provider';

type Fetch = NonNullable<Configuration['fetch']>;

/**
 * Fetches clients' keys. oidc-provider hands a dispatcher along that hangs up on addresses inside a network, whatever name they
 * have; it is left out for hosts that an administrator named (JWKS_ALLOW_PRIVATE), and missed by nobody else.
 */
export function fetchClientKeys(privateHosts: readonly string[]): Fetch {
  return (url, options) => {
    const { host, hostname } = new URL(url);
    const { dispatcher, ...plain } = options as RequestInit & { readonly dispatcher?: unknown };
    if (privateHosts.includes(host) || privateHosts.includes(hostname)) {
      return fetch(url, { ...plain, redirect: 'manual' });
    }
    if (dispatcher === undefined) throw new Error('Keys are not fetched without protection against private addresses');
    return fetch(url, { ...options, redirect: 'manual' });
  };
}
