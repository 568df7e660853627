import type { Fetching } from '../../auth/keys/bounded-fetch.js';
import { KeysUnreachable } from '../../auth/keys/key-source.js';
import type { AppConfig } from '../../config/app-config.js';
import { AddressInside, AddressUnreachable, judgedFetch } from '../../outbound/judged-fetch.js';

type Hosts = Pick<AppConfig, 'jwksAllowPrivate' | 'trustedIssuers' | 'loginProviders'>;

/** Asks addresses of the public internet, hosts of issuers that the settings name, and those of `JWKS_ALLOW_PRIVATE`: whoever names an issuer learns nothing of the network. */
export function judgedFetching({ jwksAllowPrivate, trustedIssuers, loginProviders }: Hosts): Fetching {
  const known = [...trustedIssuers, ...loginProviders].flatMap(({ issuer }) =>
    URL.canParse(issuer) ? [new URL(issuer).host] : [],
  );
  const fetching = judgedFetch({ hosts: [...jwksAllowPrivate, ...known], setting: 'JWKS_ALLOW_PRIVATE' });
  return async (url, options) => {
    try {
      return await fetching(url, options);
    } catch (error) {
      if (error instanceof AddressInside)
        throw new KeysUnreachable('keys.inside', { host: error.host, setting: error.setting });
      if (error instanceof AddressUnreachable) throw new KeysUnreachable('keys.address', { why: error.message });
      throw error;
    }
  };
}
