import dns from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import type { Configuration } from 'oidc-provider';
import { isPrivateAddress } from '../clients/private-network.js';

type Fetch = NonNullable<Configuration['fetch']>;

/** The keys at a client's `jwks_uri` could not be fetched. The message is for the log alone, since it tells of the network. */
export class ClientKeysUnreachable extends Error {}

/**
 * Fetches clients' keys. The address that a name stands for is judged before it is connected to, and no other one is connected to: a
 * client cannot find out, not by closed ports either, what there is inside. Hosts that an administrator named
 * (JWKS_ALLOW_PRIVATE) are not judged. Redirects are not followed.
 */
export function fetchClientKeys(privateHosts: readonly string[]): Fetch {
  return async (target, init = {}) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const { host, hostname } = url;
    const isAllowed = privateHosts.includes(host) || privateHosts.includes(hostname);
    const address = hostname.replace(/^\[|\]$/g, '');
    if (!isAllowed && isIP(address) !== 0 && isPrivateAddress(address)) throw leadsInside(host);
    const answer = await send(url, init, isAllowed ? undefined : judgedLookup);
    if (answer.statusCode === 200)
      return new Response(Readable.toWeb(answer) as ReadableStream, { headers: headersOf(answer) });
    answer.destroy();
    throw new ClientKeysUnreachable(`${host} answered ${answer.statusCode}`);
  };
}

async function send(url: URL, { headers, signal }: RequestInit, lookup?: LookupFunction): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const options = {
    headers: Object.fromEntries(new Headers(headers)),
    // An open connection may lead to an address that was not judged.
    agent: false,
    ...(signal && { signal }),
    ...(lookup && { lookup }),
  };
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, options, resolve).once('error', reject).end();
    });
  } catch (error) {
    throw error instanceof ClientKeysUnreachable ? error : new ClientKeysUnreachable(`${url.host}: ${reasonOf(error)}`);
  }
}

/** Gives the addresses of a name only if all of them are public. */
const judgedLookup: LookupFunction = (hostname, options, callback) =>
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const isPublic = addresses.length > 0 && addresses.every(({ address }) => !isPrivateAddress(address));
    if (!isPublic) return callback(leadsInside(hostname), []);
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first!.address, first!.family);
  });

const leadsInside = (host: string): ClientKeysUnreachable =>
  new ClientKeysUnreachable(`${host} leads to an address inside a network (JWKS_ALLOW_PRIVATE does not name it)`);

const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) headers.set(name, values.join(', '));
  return headers;
}
