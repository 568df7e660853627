import dns from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { isPrivateAddress } from './private-network.js';

type Fetch = (target: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** An address could not be fetched. The message is for the log alone, since it tells of the network. */
export class AddressUnreachable extends Error {
  /** `status`: of the answer, where there was one. */
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

/** An address inside a network, which was not asked. */
export class AddressInside extends AddressUnreachable {
  constructor(
    readonly host: string,
    readonly setting: string,
  ) {
    super(`${host} leads to an address inside a network (${setting} does not name it)`);
  }
}

/** Hosts in private networks that an administrator named, in a setting. */
export interface PrivateHosts {
  readonly hosts: readonly string[];
  readonly setting: string;
}

/**
 * Fetches addresses that callers name. The address that a name stands for is judged before it is connected to, and no other one is
 * connected to: a caller cannot find out, not by closed ports either, what there is inside. Hosts that an administrator named are not
 * judged. Redirects are not followed.
 */
export function judgedFetch({ hosts, setting }: PrivateHosts): Fetch {
  return async (target, init = {}) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const { host, hostname } = url;
    const isAllowed = hosts.includes(host) || hosts.includes(hostname);
    const address = hostname.replace(/^\[|\]$/g, '');
    if (!isAllowed && isIP(address) !== 0 && isPrivateAddress(address)) throw new AddressInside(host, setting);
    const answer = await send(url, init, isAllowed ? undefined : judgedLookup(setting));
    if (answer.statusCode === 200)
      return new Response(Readable.toWeb(answer) as ReadableStream, { headers: headersOf(answer) });
    answer.destroy();
    throw new AddressUnreachable(`${host} answered ${answer.statusCode}`, answer.statusCode);
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
    throw error instanceof AddressUnreachable ? error : new AddressUnreachable(`${url.host}: ${reasonOf(error)}`);
  }
}

/** Gives the addresses of a name only if all of them are public. */
const judgedLookup =
  (setting: string): LookupFunction =>
  (hostname, options, callback) =>
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const isPublic = addresses.length > 0 && addresses.every(({ address }) => !isPrivateAddress(address));
      if (!isPublic) return callback(new AddressInside(hostname, setting), []);
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first!.address, first!.family);
    });

const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) headers.set(name, values.join(', '));
  return headers;
}
