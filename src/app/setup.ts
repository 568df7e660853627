import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { Listener } from './listen.js';
import { guideFeature } from './guides.js';
import { AppModule, issuerPath } from './app.module.js';
import { turnAwayWhenBusy } from './pressure.js';
import { measureParts, tellRequests, traceRequests } from './telemetry.js';
import type { AppConfig } from '../config/app-config.js';
import { ReadBody } from '../fhir/http/body/read-body.pipe.js';
import { answerBrokenHttp } from '../fhir/http/broken-http.js';
import { FhirRequests } from '../fhir/http/fhir-requests.js';
import { RequestHooks } from '../fhir/http/request-hooks.js';
import { ownAddress, readTarget } from '../fhir/http/request-target.js';
import { LifeCycle } from '../observability/life-cycle.js';
import type { Metrics } from '../observability/metrics.js';
import { ServerLog } from '../observability/server-log.js';
import type { Tracing } from '../observability/tracing.js';

const requestIdSyntax = /^[\w.\-:]{8,64}$/;

/** Parts of a process that are made before the application; tools and most tests have none. */
export interface ProcessParts {
  readonly listener?: Listener;
  readonly log?: ServerLog;
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
}

/** JSON lines in production, text for people otherwise. */
export const openLog = ({ logLevel, production }: AppConfig): ServerLog =>
  new ServerLog({ level: logLevel, json: production });

/** Creates the application, ready to listen: for the server and the end-to-end tests. */
export async function createApp(
  config: AppConfig,
  dataSource: DataSource,
  features: readonly DynamicModule[] = [],
  { listener, metrics, tracing, log = openLog(config) }: ProcessParts = {},
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, dataSource, [await guideFeature(config), ...features]),
    fastifyFor(config, listener),
    { bodyParser: false, logger: log, abortOnError: false },
  );
  const fastify = app.getHttpAdapter().getInstance();
  readSmallForms(fastify, app.get(ReadBody));
  if (tracing) traceRequests(app, tracing);
  const fhir = app.get(FhirRequests);
  const hooks = app.get(RequestHooks);
  const lifeCycle = app.get(LifeCycle);
  const turnAway = turnAwayWhenBusy(app, config, metrics);
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (lifeCycle.isDraining) void reply.header('connection', 'close');
    if (turnAway(request, reply)) return;
    // FhirModule does so for requests below its base.
    if (fhir.pathOf(request) === undefined) hooks.receive(request, reply, done);
    else done();
  });
  tellRequests(app, { log, metrics, tracing });
  if (metrics) measureParts(app, metrics);
  await app.init();
  // Fastify does this when it listens itself.
  if (listener) await fastify.ready();
  return app;
}

/** Bodies beside the FHIR base, and the credentials below it: text of 64 kB at most. */
function readSmallForms(fastify: FastifyInstance, bodies: ReadBody): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (request: FastifyRequest) => bodies.receive(request));
}

function fastifyFor(config: AppConfig, listener: Listener | undefined): FastifyAdapter {
  const own = ownAddress(config.publicUrl);
  const broken = answerBrokenHttp(config.requestTimeout);
  return new FastifyAdapter({
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    requestIdHeader: false,
    genReqId: ({ headers }: IncomingMessage) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && requestIdSyntax.test(given) ? given : randomUUID();
    },
    rewriteUrl: ({ url = '/', headers }: IncomingMessage) => readTarget(url, headers.host, own),
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
    // Requests that arrive before the end are served.
    return503OnClosing: false,
    ...(listener && { serverFactory: listener.serve }),
    ...broken,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      request.url.startsWith(`${issuerPath}/`)
        ? answerBrokenOauth(request, reply)
        : broken.frameworkErrors(error, request, reply),
  });
}

function answerBrokenOauth(request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .code(400)
    .headers({ 'cache-control': 'no-store', 'x-request-id': request.id })
    .send({ error: 'invalid_request', error_description: 'The URL of the request is not well-formed.' });
}
