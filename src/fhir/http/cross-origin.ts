import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FhirOptions } from '../fhir-options.js';

const openDocument = /\/(?:metadata|jwks|openapi\.json|CodeSystem\/denial-reason|\.well-known\/[^?]*)$/;
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const exposedHeaders =
  'WWW-Authenticate, ETag, Location, Content-Location, Last-Modified, X-Request-Id, Retry-After, Link, Accept-Ranges, Content-Range, Warning, X-Security-Context';
const maxAgeSeconds = '600';

/** Injection token of {@link RegisteredOrigins}. */
export const REGISTERED_ORIGINS = Symbol('REGISTERED_ORIGINS');

/** Origins of the browser apps of clients that are registered here. */
export interface RegisteredOrigins {
  isRegisteredOrigin(origin: string): boolean | Promise<boolean>;
}

/** True if the settings do not allow the origin of this request, so that a registered client has to. */
export const needsRegisteredOrigin = (request: FastifyRequest, options: FhirOptions): boolean =>
  request.headers.origin !== undefined && allowedOrigin(request, options) === undefined;

/**
 * Tells browsers who may call from where: documents are open to every origin, data to the configured ones (SMART App
 * Launch 2.2, "Cross-Origin Resource Sharing"; https://fetch.spec.whatwg.org/#http-cors-protocol). True if the request
 * was a preflight and has its answer. Of our own, since the plugin for it took a tenth of the time of a read.
 */
export function answerCrossOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  options: FhirOptions,
  isRegistered = false,
): boolean {
  void reply.header('vary', 'Origin');
  const allowed = isRegistered ? request.headers.origin : allowedOrigin(request, options);
  if (allowed === undefined) return false;
  void reply.headers({ 'access-control-allow-origin': allowed, 'access-control-expose-headers': exposedHeaders });
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false;
  const asked = request.headers['access-control-request-headers'];
  void reply.headers({
    vary: 'Origin, Access-Control-Request-Headers',
    'access-control-allow-methods': methods,
    'access-control-max-age': maxAgeSeconds,
    ...(asked !== undefined && { 'access-control-allow-headers': asked }),
  });
  void reply.code(204).send();
  return true;
}

function allowedOrigin({ url, headers: { origin } }: FastifyRequest, { corsOrigins }: FhirOptions): string | undefined {
  if (origin === undefined) return undefined;
  const [path = ''] = url.split('?', 1);
  if (openDocument.test(path)) return '*';
  return corsOrigins.includes('*') || corsOrigins.includes(origin) ? origin : undefined;
}
