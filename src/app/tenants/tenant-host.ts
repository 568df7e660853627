import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TenantAddress } from './tenant-address.js';
import { defaultTenantName } from '../../database/tenants/tenant-name.js';

export interface HostRules {
  /** PUBLIC_URL as it was set, with `{tenant}` as the first label of its host. */
  readonly tenantsUrl: string;
  /** Addresses and networks whose X-Forwarded-Host counts. */
  readonly trustedProxies: readonly string[];
}

/** Requests that ask the process itself, by whatever address its supervisor knows. */
const probe = /^\/health\/(?:live|ready)(?:\?|$)/;

/** Address of no tenant: no name is empty. */
const nobody: TenantAddress = { name: '' };

/**
 * Reads the tenant off the host that a request was sent to (TENANTS=host): `default` at the host without the label, as before there were tenants. Ports
 * do not count, since proxies change them. A request that names two hosts is nobody's.
 */
export function hostReader({ tenantsUrl, trustedProxies }: HostRules): (request: IncomingMessage) => TenantAddress {
  const { hostname: own } = new URL(tenantsUrl.replace('{tenant}.', ''));
  const isTrusted = trustedPeers(trustedProxies);
  return (request) => {
    const name = nameIn(hostOf(request, isTrusted), own);
    if (name !== undefined) return { name };
    return probe.test(request.url ?? '') ? { name: defaultTenantName } : nobody;
  };
}

function nameIn(host: string | undefined, own: string): string | undefined {
  const hostname = host?.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  if (hostname === own) return defaultTenantName;
  if (!hostname?.endsWith(`.${own}`)) return undefined;
  return hostname.slice(0, -own.length - 1);
}

/** RFC 9112 3.2.2: the authority of a target in absolute form counts instead of the header. */
function hostOf(request: IncomingMessage, isTrusted: (peer: string | undefined) => boolean): string | undefined {
  const { url = '', headers, rawHeaders, socket } = request;
  const [, authority] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
  if (authority !== undefined) return authority;
  const forwarded = headers['x-forwarded-host'];
  // The proxy that is next to the server has added the last one.
  if (forwarded !== undefined && isTrusted(socket.remoteAddress)) return String(forwarded).split(',').at(-1)?.trim();
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  return hosts.length === 1 ? headers.host : undefined;
}

function trustedPeers(proxies: readonly string[]): (peer: string | undefined) => boolean {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/', 2);
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (peer = '') => {
    const address = peer.replace(/^::ffff:(?=\d+\.)/i, '');
    return isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  };
}
