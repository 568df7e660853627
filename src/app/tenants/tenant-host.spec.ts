import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { hostReader } from './tenant-host.js';

const read = hostReader({
  tenantsUrl: 'https://{tenant}.fhir.example/base',
  trustedProxies: ['10.0.0.5', '10.1.0.0/16', 'fd00::/8'],
});

interface Sent {
  readonly url?: string;
  readonly forwarded?: string;
  readonly peer?: string;
  readonly hosts?: readonly string[];
}

const nameOf = ({ url = '/fhir/r4/Patient', forwarded, peer = '192.0.2.1', hosts = ['fhir.example'] }: Sent) => {
  const headers = { host: hosts[0], ...(forwarded !== undefined && { 'x-forwarded-host': forwarded }) };
  const rawHeaders = hosts.flatMap((host) => ['Host', host]);
  return read({ url, headers, rawHeaders, socket: { remoteAddress: peer } } as unknown as IncomingMessage).name;
};

describe('the tenant of a host', () => {
  it.each([
    ['fhir.example', 'default'],
    ['fhir.example:8443', 'default'],
    ['default.fhir.example', 'default'],
    ['north.fhir.example', 'north'],
    ['North.FHIR.example.:443', 'north'],
    ['a.north.fhir.example', 'a.north'],
    ['xn--nrth-gra.fhir.example', 'xn--nrth-gra'],
    ['.fhir.example', ''],
    ['northfhir.example', ''],
    ['north.fhir.example.evil', ''],
    ['127.0.0.1', ''],
    ['', ''],
  ])('%s is "%s"', (host, name) => {
    expect(nameOf({ hosts: [host] })).toBe(name);
  });

  it('is that of a target in absolute form, whatever the header says', () => {
    expect(nameOf({ url: 'https://north.fhir.example/fhir/r4', hosts: ['south.fhir.example'] })).toBe('north');
    expect(nameOf({ url: 'https://other.example/fhir/r4', hosts: ['south.fhir.example'] })).toBe('');
  });

  it('is that of X-Forwarded-Host from a trusted proxy alone', () => {
    const forwarded = 'north.fhir.example';
    for (const peer of ['10.0.0.5', '::ffff:10.1.2.3', 'fd00::1']) expect(nameOf({ forwarded, peer })).toBe('north');
    for (const peer of ['10.0.0.6', '192.0.2.1', '2001:db8::1', ''])
      expect(nameOf({ forwarded, peer })).toBe('default');
    expect(nameOf({ forwarded: 'south.fhir.example, north.fhir.example', peer: '10.0.0.5' })).toBe('north');
  });

  it('is nobody’s where a request names two', () => {
    expect(nameOf({ hosts: ['north.fhir.example', 'south.fhir.example'] })).toBe('');
  });

  it('does not matter to probes of the process, unless it is a tenant’s', () => {
    expect(nameOf({ url: '/health/ready', hosts: ['10.2.3.4:3000'] })).toBe('default');
    expect(nameOf({ url: '/health/live?x=1', hosts: [''] })).toBe('default');
    expect(nameOf({ url: '/health/ready', hosts: ['north.fhir.example'] })).toBe('north');
    expect(nameOf({ url: '/health/ready/x', hosts: ['10.2.3.4'] })).toBe('');
  });
});
