import type { IncomingMessage } from 'node:http';
import { defaultTenantName } from '../../database/tenants/tenant-name.js';
import { type OwnAddress, ownAddress, readTarget } from '../../fhir/http/request-target.js';

/** Whose server an address is of, and what it asks of it. */
export interface TenantAddress {
  readonly name: string;
  /** Path and query below the address of the tenant; undefined: as it came. */
  readonly target?: string;
}

/** RFC 9728 3.1 and RFC 8414 3.1 insert these before the path of what they describe. */
const inserted =
  /^(\/\.well-known\/(?:oauth-protected-resource|oauth-authorization-server|openid-configuration))(\/.*)$/;

/**
 * Reads `/t/NAME/…` off the target of a request (TENANTS=path), and off what a well-known document is asked of. Everything else is
 * of the tenant `default`, whose addresses do not change.
 */
export function readTenantAddress(target: string, host: string | undefined, own: OwnAddress): TenantAddress {
  const read = readTarget(target, host, own);
  const [, document = '', described] = (read.startsWith('/.') && inserted.exec(read)) || [];
  const place = described === undefined ? read : below(described, own.prefix);
  const [, name, rest = ''] = /^\/t\/([^/?]*)(.*)$/s.exec(place) ?? [];
  if (name === undefined) return { name: defaultTenantName };
  return { name, target: `${document}${rest.startsWith('/') ? rest : `/${rest}`}` };
}

/** {@link readTenantAddress} of a request. */
export function pathReader(publicUrl: string): (request: IncomingMessage) => TenantAddress {
  const own = ownAddress(publicUrl);
  return ({ url = '/', headers }) => readTenantAddress(url, headers.host, own);
}

const below = (path: string, prefix: string): string =>
  prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
