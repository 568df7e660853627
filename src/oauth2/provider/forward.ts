import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Oauth2Options } from '../oauth2-options.js';
import type { OidcProvider } from './oidc-providers.js';

/** The part of Node's request that oidc-provider reads. */
interface MountedRequest extends IncomingMessage {
  originalUrl?: string;
}

export interface Forwarded {
  /** Path and query below the issuer. */
  readonly url: string;
  readonly method?: string;
  readonly body?: string;
}

const headersOfAnswer = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
  pragma: 'no-cache',
};

/**
 * Hands a request over to oidc-provider. It builds addresses from what the request says about itself, so it is told what our
 * settings say: whatever Host or X-Forwarded header came from outside counts nothing.
 */
export async function forward(
  provider: OidcProvider,
  request: FastifyRequest,
  reply: FastifyReply,
  { options, to }: { readonly options: Oauth2Options; readonly to: Forwarded },
): Promise<void> {
  const raw: MountedRequest = request.raw;
  const { host, protocol, pathname } = new URL(options.issuer);
  raw.url = to.url;
  raw.originalUrl = `${pathname}${to.url}`;
  raw.method = to.method ?? request.method;
  giveBody(raw, to.body ?? '');
  Object.assign(raw.headers, {
    host,
    'x-forwarded-host': host,
    'x-forwarded-proto': protocol.slice(0, -1),
    'x-forwarded-for': request.ip,
  });
  reply.hijack();
  const { raw: response } = reply;
  response.setHeader('x-request-id', request.id);
  for (const [name, value] of Object.entries(headersOfAnswer)) response.setHeader(name, value);
  await provider.callback()(raw, response);
}

/** The body has been read, and perhaps changed: what oidc-provider reads as a stream is that text. */
function giveBody(raw: IncomingMessage, text: string): void {
  const bytes = Buffer.from(text);
  raw.headers['content-length'] = String(bytes.length);
  delete raw.headers['transfer-encoding'];
  Object.defineProperties(raw, { readable: { value: true }, iterator: { value: () => [bytes] } });
}
