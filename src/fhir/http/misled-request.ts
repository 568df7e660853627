import type { FastifyRequest } from 'fastify';
import { type FhirError, InvalidRequest } from '../../r4/errors/fhir-error.js';
import { MisdirectedRequest } from '../../r4/errors/request-errors.js';

/** `uri-host [ ":" port ]` (RFC 9110 7.2), but for the comma: a name has none, and proxies join repeated headers with it. */
const hostValue = /^(?:\[[0-9a-f:.]+\]|[a-z0-9\-._~%!$&'()*+;=]*)(?::\d*)?$/i;

/**
 * Returns why it is doubtful which server a request is for (RFC 9112 3.2). Another server on its way may have believed
 * another of two Host headers than this one would; Node keeps the first in `headers`. Routes would take the text after
 * another server's name.
 */
export function misledBy({ raw, url }: FastifyRequest): FhirError | undefined {
  const [host, second] = hostsOf(raw.rawHeaders);
  if (second !== undefined)
    return wrongHost('The request has more than one Host header.', 'Send exactly one, with the name of this server.');
  if (host === undefined && raw.httpVersion !== '1.0')
    return wrongHost('The request has no Host header.', 'Send one, with the name of this server.');
  if (host !== undefined && !hostValue.test(host))
    return wrongHost('The Host header is no name of a host with a port.', 'Send Host: <name> or Host: <name>:<port>.');
  return url.startsWith('/') ? undefined : new MisdirectedRequest();
}

const wrongHost = (fact: string, cure: string): FhirError =>
  new InvalidRequest({ code: 'invalid', diagnostics: `${fact} ${cure}` });

function hostsOf(rawHeaders: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') found.push(rawHeaders[at + 1]!.trim());
  }
  return found;
}
