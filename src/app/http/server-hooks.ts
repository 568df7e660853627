import { type OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isPackageUpload } from '../packages/receive-package.js';
import { type TurnAway, turnAwayWhenBusy } from './pressure.js';
import { type Get, openLog, type ProcessParts } from '../start/process-parts.js';
import { measureParts, tellRequests, traceRequests } from './telemetry.js';
import type { AppConfig } from '../../config/app-config.js';
import { StartRefused } from '../../config/checks/start-refused.js';
import { ReadBody } from '../../fhir/http/body/read-body.pipe.js';
import { FhirRequests } from '../../fhir/http/fhir-requests.js';
import { RequestHooks } from '../../fhir/http/request-hooks.js';
import { LifeCycle } from '../../observability/life-cycle.js';

interface Parts {
  readonly turnAway: TurnAway;
  readonly bodies: ReadBody;
  readonly fhir: FhirRequests;
  readonly hooks: RequestHooks;
  readonly lifeCycle: LifeCycle;
}

/** Hooks of Fastify for the server as a whole: traces, pressure, the end of the process, logs and counts. */
export class ServerHooks implements OnModuleInit {
  private parts: Parts | undefined;

  /** Fastify runs hooks in the order in which they were added; FhirModule adds its own in `onModuleInit`, after these. */
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly ref: ModuleRef,
    private readonly config: AppConfig,
    private readonly process: ProcessParts,
  ) {
    const { adapter } = this;
    if (!adapter) return;
    if (adapter.getType() !== 'fastify')
      throw new StartRefused('LanyardModule needs the FastifyAdapter: use lanyardAdapter().');
    const fastify = adapter.getInstance<FastifyInstance>();
    const { tracing, metrics, log = openLog(config) } = process;
    readSmallForms(fastify, () => this.ready.bodies);
    if (tracing) traceRequests(fastify, tracing);
    fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) =>
      this.receive(request, reply, done),
    );
    tellRequests(fastify, { log, metrics, tracing });
  }

  onModuleInit(): void {
    const { adapter, ref, config } = this;
    if (!adapter) return;
    if (adapter.isParserRegistered) {
      throw new StartRefused(
        'LanyardModule reads bodies itself, after its guards: NestFactory.create(…, lanyardAdapter(), { bodyParser: false }).',
      );
    }
    const get: Get = (part) => ref.get(part, { strict: false });
    const { metrics, own } = this.process;
    const [bodies, fhir] = [get(ReadBody), get(FhirRequests)];
    const [hooks, lifeCycle] = [get(RequestHooks), get(LifeCycle)];
    const turnAway = turnAwayWhenBusy(adapter.getInstance<FastifyInstance>(), get, config, metrics);
    this.parts = { turnAway, bodies, fhir, hooks, lifeCycle };
    if (metrics && !own) measureParts(get, metrics);
  }

  private receive(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const { lifeCycle, turnAway, fhir, hooks } = this.ready;
    if (lifeCycle.isDraining) void reply.header('connection', 'close');
    if (turnAway(request, reply)) return;
    // FhirModule does so for requests below its base.
    if (fhir.pathOf(request) === undefined) hooks.receive(request, reply, done);
    else done();
  }

  private get ready(): Parts {
    if (!this.parts) throw new Error('A request came before the application was initialized.');
    return this.parts;
  }

  /** Undefined for an application without HTTP. */
  private get adapter(): FastifyAdapter | undefined {
    return this.host.httpAdapter as unknown as FastifyAdapter | undefined;
  }
}

/** Bodies beside the FHIR base, and the credentials below it: text of 64 kB at most. */
function readSmallForms(fastify: FastifyInstance, bodies: () => ReadBody): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', async (request: FastifyRequest) =>
    isPackageUpload(request) ? undefined : bodies().receive(request),
  );
}
