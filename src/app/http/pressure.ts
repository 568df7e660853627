import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { issuerPath } from '../module-options.js';
import type { Get } from '../start/process-parts.js';
import type { AppConfig } from '../../config/app-config.js';
import { poolOf } from '../../database/pool-of.js';
import { FhirExceptionFilter } from '../../fhir/http/fhir-exception.filter.js';
import { Overloaded } from '../../r4/errors/request-errors.js';
import type { Metrics } from '../../observability/metrics.js';
import { Pressure, type PressureCause, type PressureLimits } from '../../observability/pressure.js';

/** Clients are told times a little apart, or all would come back at once. */
const retryAfter = (): number => 1 + Math.floor(Math.random() * 4);

/** True if the request was turned away, with its answer. Probes never are: a busy server is a live one. */
export type TurnAway = (request: FastifyRequest, reply: FastifyReply) => boolean;

/** Servers of one process and pool are under the same pressure, which is looked at once. */
const pressures = new WeakMap<Pool, { readonly pressure: Pressure; users: number }>();

function pressureOf(
  pool: Pool,
  limits: PressureLimits,
): { readonly cause: PressureCause | undefined; release(): void } {
  const shared = pressures.get(pool) ?? { pressure: new Pressure(limits, () => pool.waitingCount), users: 0 };
  pressures.set(pool, shared);
  shared.users++;
  return {
    get cause() {
      return shared.pressure.cause;
    },
    release() {
      if (--shared.users > 0) return;
      pressures.delete(pool);
      shared.pressure.stop();
    },
  };
}

export function turnAwayWhenBusy(
  fastify: FastifyInstance,
  get: Get,
  { process }: AppConfig,
  metrics: Metrics | undefined,
): TurnAway {
  const pool = poolOf(get(DataSource));
  const { eventLoopDelay, databaseQueue: queue } = process;
  const pressure = pressureOf(pool, { eventLoopDelay, queue });
  fastify.addHook('onClose', async () => pressure.release());
  const errors = get(FhirExceptionFilter);
  return (request, reply) => {
    const { cause } = pressure;
    if (cause === undefined || request.url.startsWith('/health/')) return false;
    metrics?.turnedAway(cause);
    const overloaded = new Overloaded(retryAfter());
    void reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    if (request.url.startsWith(`${issuerPath}/`)) answerAsOauth(overloaded, reply);
    else errors.send(overloaded, request, reply);
    return true;
  };
}

/** RFC 6749 5.2 knows no better word for it than 4.1.2.1 has. */
function answerAsOauth({ status, headers, message }: Overloaded, reply: FastifyReply): void {
  void reply
    .code(status)
    .headers({ ...headers, 'cache-control': 'no-store' })
    .send({ error: 'temporarily_unavailable', error_description: message });
}
