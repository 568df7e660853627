import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Listener } from './listen.js';
import { issuerPath } from '../module-options.js';
import { AppConfig } from '../../config/app-config.js';
import { readEnvironment } from '../../config/environment.js';
import { answerBrokenHttp } from '../../fhir/http/broken-http.js';
import { ownAddress, readTarget } from '../../fhir/http/request-target.js';

const requestIdSyntax = /^[\w.\-:]{8,64}$/;

/**
 * The adapter for `LanyardModule.forRoot`: `TRUSTED_PROXIES` and the path of `PUBLIC_URL` count, and requests that are not HTTP are
 * answered as FHIR answers. `environment` as for the module.
 */
export const lanyardAdapter = (
  environment: Readonly<Record<string, string | undefined>> = readEnvironment(),
): FastifyAdapter => adapterFor(new AppConfig(environment));

/** `listener`: the HTTP server of a process that listens already. */
export const adapterFor = (config: AppConfig, listener?: Pick<Listener, 'serve'>): FastifyAdapter =>
  new FastifyAdapter({
    ...fastifyOptions(config),
    rewriteUrl: targetReader(config.publicUrl),
    ...(listener && { serverFactory: listener.serve }),
  });

/** Reads the path and the query of a request, below the path of `publicUrl`. */
export function targetReader(publicUrl: string): (request: IncomingMessage) => string {
  const own = ownAddress(publicUrl);
  return ({ url = '/', headers }) => readTarget(url, headers.host, own);
}

/** Options of Fastify that do not depend on the address of the server. */
export function fastifyOptions(config: AppConfig) {
  const broken = answerBrokenHttp(config.requestTimeout);
  return {
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    requestIdHeader: false as const,
    genReqId: ({ headers }: IncomingMessage) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && requestIdSyntax.test(given) ? given : randomUUID();
    },
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    forceCloseConnections: 'idle' as const,
    // Requests that arrive before the end are served.
    return503OnClosing: false,
    ...broken,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      request.url.startsWith(`${issuerPath}/`)
        ? answerBrokenOauth(request, reply)
        : broken.frameworkErrors(error, request, reply),
  };
}

function answerBrokenOauth(request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .code(400)
    .headers({ 'cache-control': 'no-store', 'x-request-id': request.id })
    .send({ error: 'invalid_request', error_description: 'The URL of the request is not well-formed.' });
}
