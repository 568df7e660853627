import { Inject, Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/internal';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { JwtAuthGuard } from '../../auth/jwt-auth.guard.js';
import { Refused } from '../../refusal/refusal.js';
import { ScopeGuard } from '../../scope/scope.guard.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { type NoInteraction, parseInteraction } from '../../r4/rest/interaction.js';
import { UnknownAddress, UnsupportedMediaType } from '../../r4/errors/request-errors.js';
import { inviteBody, keepBodiesBack } from './body/expectation.js';
import { RequestArrival } from './body/request-arrival.js';
import { closeAfterAnswer, isArriving, leaveUnread } from './body/unread-body.js';
import { answerUnroutable } from './broken-http.js';
import {
  answerCrossOrigin,
  needsRegisteredOrigin,
  REGISTERED_ORIGINS,
  type RegisteredOrigins,
} from './cross-origin.js';
import { FhirExceptionFilter } from './fhir-exception.filter.js';
import type { FhirRequest } from './fhir-request.js';
import { FhirRequests, isOpenDocument } from './fhir-requests.js';
import { misledBy } from './misled-request.js';
import { RequestAudit } from './request-audit.js';

type Done = () => void;

/**
 * Hooks of Fastify: what comes before any route (which server and which origin is meant, how long a body may take), and what no answer
 * gets round (the audit, the end of a connection whose body nobody has read). Who may do what is decided by the guards of the routes.
 */
@Injectable()
export class RequestHooks implements OnModuleInit {
  private readonly arrival: RequestArrival;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly requests: FhirRequests,
    private readonly audit: RequestAudit,
    private readonly errors: FhirExceptionFilter,
    private readonly who: JwtAuthGuard,
    private readonly what: ScopeGuard,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Optional() @Inject(REGISTERED_ORIGINS) private readonly origins?: RegisteredOrigins,
  ) {
    this.arrival = new RequestArrival(errors, options);
  }

  /** Fastify adds hooks to all routes when it gets ready, which is later. */
  onModuleInit(): void {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (!adapter) return;
    if (adapter.getType() !== 'fastify') throw new Error('FhirModule needs the FastifyAdapter.');
    const fastify = adapter.getInstance<FastifyInstance>();
    answerUnroutable(fastify.server);
    keepBodiesBack(fastify.server);
    leaveUnread(fastify, (request) => this.isUnread(request));
    fastify.addHook('onRequest', (request: FhirRequest, reply: FastifyReply, done: Done) => {
      if (this.requests.pathOf(request) !== undefined) return this.receive(request, reply, done);
      inviteBody(request.raw);
      done();
    });
    fastify.addHook('preHandler', (request: FhirRequest, reply: FastifyReply, done: Done) => {
      if (!request.is404 || !this.requests.isGuarded(request)) return done();
      void this.refuseUnrouted(request, reply, new UnknownAddress('Nothing is at this address.'));
    });
    fastify.addHook('onSend', (request: FhirRequest, reply: FastifyReply, _payload: unknown, done: Done) => {
      // Any answer means that work on the body is over.
      request.bodyHold?.release();
      if (isArriving(request)) closeAfterAnswer(request, reply);
      done();
    });
    this.audit.watch(fastify);
  }

  /** Bodies below the base wait for the guards; forms with credentials are read as those of other applications are. */
  private isUnread(request: FhirRequest): boolean {
    return this.requests.isGuarded(request) || this.requests.pathOf(request) === '$explain-access';
  }

  /** Calls `done` when the request may go to its route; otherwise the answer has been sent. */
  receive(request: FhirRequest, reply: FastifyReply, done: Done): void {
    void reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    this.arrival.watch(request, reply);
    const enter = (isRegistered: boolean): void => {
      if (!answerCrossOrigin(request, reply, this.options, isRegistered)) this.enter(request, reply, done);
    };
    if (!this.origins || !needsRegisteredOrigin(request, this.options)) return enter(false);
    // A database that is away knows no origins; the request itself will say so.
    const asked = Promise.resolve(this.origins.isRegisteredOrigin(request.headers.origin!)).catch(() => false);
    void asked.then(enter);
  }

  private enter(request: FhirRequest, reply: FastifyReply, done: Done): void {
    const misled = misledBy(request);
    if (misled) return this.errors.send(misled, request, reply);
    const path = this.requests.pathOf(request);
    if (path === undefined) return done();
    if (request.method === 'OPTIONS') return answerOptions(path, reply, done);
    if (this.options.requireTls && request.protocol !== 'https' && !isOpenDocument(path))
      return this.errors.send(overHttp(), request, reply);
    if (!isUnparsable(request) || !this.isUnread(request)) return done();
    void this.refuseUnrouted(request, reply, unparsable());
  }

  /** Asks the guards first, then sends the error that Fastify would have sent before them. */
  private async refuseUnrouted(request: FhirRequest, reply: FastifyReply, error: Error): Promise<void> {
    try {
      const route = new ExecutionContextHost([request, reply], RequestHooks, unrouted);
      await this.who.canActivate(route);
      await this.what.canActivate(route);
      this.errors.send(error, request, reply);
    } catch (refused) {
      this.errors.send(refused, request, reply);
    }
  }
}

/** In the place of a handler: it is not `@Public()`, and requires nothing. */
const unrouted = (): void => undefined;

/** Answers OPTIONS: the methods of an address are no secret. */
function answerOptions(path: string, reply: FastifyReply, done: Done): void {
  const { allow = [] } = parseInteraction('OPTIONS', path, new URLSearchParams()) as Partial<NoInteraction>;
  if (allow.length === 0) return done();
  void reply
    .code(204)
    .header('allow', [...allow, 'OPTIONS'].join(', '))
    .send();
}

/** Refuses http (RFC 6750 5.3); open documents are no secret. */
const overHttp = (): Refused =>
  new Refused([
    {
      code: 'tls-required',
      fact: 'The request came over http (X-Forwarded-Proto of the trusted proxy).',
      cure: 'Use the https address of this server, and treat the credential that was sent as leaked.',
    },
  ]);

/** True if Fastify itself would refuse the Content-Type before any guard. */
const isUnparsable = ({ method, headers, mediaType }: FastifyRequest): boolean =>
  method === 'QUERY'
    ? mediaType === undefined
    : headers['content-type'] !== undefined && method !== 'GET' && method !== 'HEAD' && mediaType === undefined;

const unparsable = (): UnsupportedMediaType =>
  new UnsupportedMediaType('Content-Type is no media type. Send a body with Content-Type: application/fhir+json.');
