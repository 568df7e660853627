import { BlockList, isIP } from 'node:net';

/**
 * Addresses outside the public internet: of this machine, of private networks, of documentation and tests, and those that contain
 * others (https://www.rfc-editor.org/rfc/rfc6890). IPv4 written as IPv6 is judged as IPv4.
 */
const specialNetworks = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  specialNetworks.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  specialNetworks.addSubnet(network, bits, 'ipv6');

/** Tells whether an IP address is outside the public internet; a text that is no address counts as private. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family === 0 || specialNetworks.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Tells whether the name or address of a host alone says that it is private; no DNS server is asked. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return isPrivateAddress(host);
  return host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.internal');
}
