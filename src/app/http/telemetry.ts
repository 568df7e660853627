import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { requestFacts } from './request-facts.js';
import { RequestLines } from './request-lines.js';
import type { Get } from '../start/process-parts.js';
import { TrustedIssuers } from '../../auth/issuers/trusted-issuers.js';
import { VerifiedTokenCache } from '../../auth/verified-token-cache.js';
import { CallerShares } from '../../database/caller-shares.js';
import type { Holder } from '../../database/distribution/holder.js';
import { holdersOf } from '../../database/distribution/holders.js';
import { poolOf } from '../../database/pool-of.js';
import { isOwnRequest, ownRequestHeader } from '../../doctor/ask-self.js';
import { ExtensionCalls, type ExtensionFigures } from '../../fhir/extensions/extension-calls.js';
import { BodyMemory } from '../../fhir/http/body/body-memory.js';
import type { Standby } from '../../database/standbys/standby.js';
import { AuditDeliveries } from '../../fhir/storage/audit/delivery/audit-deliveries.js';
import { AuditSealer } from '../../fhir/storage/audit/audit-sealer.js';
import { SearchDefinitions } from '../../fhir/storage/indexing/search-definitions.js';
import { IndexWorker } from '../../fhir/storage/indexing/index-worker.js';
import { Jobs } from '../../fhir/storage/jobs/jobs.js';
import { OutboxWorker } from '../../fhir/storage/outbox/outbox-worker.js';
import type { OutboxCount } from '../../fhir/storage/outbox/outbox.js';
import { StandbyReads } from '../../fhir/storage/reading/standby-reads.js';
import type { LabelledName, Metrics } from '../../observability/metrics.js';
import type { ServerLog } from '../../observability/server-log.js';
import type { Tracing } from '../../observability/tracing.js';

interface Telemetry {
  readonly log: ServerLog;
  readonly metrics: Metrics | undefined;
  readonly tracing: Tracing | undefined;
}

/** Begins the trace of every request, before anything else is done about it. */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  fastify.addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: () => void) =>
    tracing.begin(request, done),
  );
  fastify.addHook('preValidation', (request: FastifyRequest, _reply: FastifyReply, done: () => void) =>
    tracing.resume(request, done),
  );
}

/** Logs and counts every request when its answer is out. */
export function tellRequests(fastify: FastifyInstance, { log, metrics, tracing }: Telemetry): void {
  if (!log.tellsRequests && !metrics && !tracing) return;
  const lines = new RequestLines(log);
  const own = new WeakSet<FastifyRequest>();
  const tell = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const facts = requestFacts(request, reply, tracing?.traceIdOf(request));
    tracing?.end(request, facts);
    if (!own.has(request)) lines.tell(facts, request.ip);
    metrics?.request(facts);
    done();
  };
  fastify.addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    if (isOwnRequest(request.headers[ownRequestHeader])) own.add(request);
    done();
  });
  fastify.addHook('onResponse', tell);
  fastify.addHook('onClose', async () => lines.close());
}

/** Registers the counts of the server's parts; they are read when metrics are asked for. */
export function measureParts(get: Get, metrics: Metrics): void {
  const pool = poolOf(get(DataSource));
  metrics.gauge('lanyard_pool_connections', 'Connections to the database.', () => pool.totalCount);
  metrics.gauge('lanyard_pool_in_use', 'Connections at work.', () => pool.totalCount - pool.idleCount);
  const shares = get(CallerShares);
  metrics.gauge('lanyard_pool_waiting', 'Work that waits for a connection.', () => pool.waitingCount + shares.waiting);
  metrics.gauge('lanyard_pool_size', 'Most connections (DATABASE_POOL).', () => pool.options.max);
  metrics.gauge('lanyard_callers', 'Callers whose requests have or want a connection.', () => shares.size);
  metrics.counter(
    'lanyard_connection_refused_total',
    'Work of requests that got no connection: the caller had its share (429), or all were busy (503).',
    'cause',
    () => shares.refused,
  );
  const tokens = get(VerifiedTokenCache);
  metrics.counter('lanyard_token_lookups_total', 'Tokens by whether they were verified before.', 'result', () => ({
    hit: tokens.hits,
    miss: tokens.misses,
  }));
  const issuers = get(TrustedIssuers);
  for (const result of ['ok', 'failed'] as const) {
    metrics.counter(`lanyard_jwks_fetches_${result}_total`, `Fetches of keys that were ${result}.`, 'issuer', () =>
      issuers.fetches(result),
    );
  }
  const sealer = get(AuditSealer);
  metrics.gauge('lanyard_audit_late_seconds', 'How late AuditEvents are made.', () => sealer.lateSeconds, 'max');
  measureSink(get(AuditDeliveries), metrics);
  measureIndexing(get, metrics);
  measureJobs(get(Jobs), metrics);
  measureOutbox(get(OutboxWorker), metrics);
  measureBodies(get(BodyMemory), metrics);
  measureExtensions(get(ExtensionCalls), metrics);
  measureStandbys(get(StandbyReads), metrics);
  measureNodes(() => holdersOf(pool)?.all ?? [], metrics);
}

function measureIndexing(get: Get, metrics: Metrics): void {
  const worker = get(IndexWorker);
  metrics.gauge('lanyard_index_jobs', 'Indexing jobs that are not done, of all servers.', () => worker.openJobs, 'max');
  const definitions = get(SearchDefinitions);
  const { forms } = definitions;
  metrics.gauge(
    'lanyard_index_lacking',
    'Kinds of index values that stored rows may lack.',
    () => forms.lacking.length,
    'max',
  );
  metrics.gauge(
    'lanyard_index_progress',
    'Percent that the indexing job under way has done.',
    () => definitions.progress,
    'max',
  );
}

function measureNodes(nodes: () => readonly Holder[], metrics: Metrics): void {
  metrics.series(
    'only-grows',
    {
      name: 'lanyard_node_reads_total',
      help: 'Statements that a node of a distributed database answered, or failed, so that the coordinator was asked.',
      labelNames: ['node', 'result'],
    },
    () =>
      nodes().flatMap(({ name: node, reads: { answered, failed } }) => [
        { labels: { node, result: 'answered' }, value: answered },
        { labels: { node, result: 'failed' }, value: failed },
      ]),
  );
  metrics.gauges(
    { name: 'lanyard_node_pool_connections', help: 'Connections to a node.', label: 'node', aggregator: 'sum' },
    () => Object.fromEntries(nodes().map(({ name, pool }) => [name, pool.totalCount])),
  );
}

function measureExtensions(calls: ExtensionCalls, metrics: Metrics): void {
  const labelNames = ['extension', 'point', 'name'];
  const samples = (valueOf: (figures: ExtensionFigures) => number | undefined) => () =>
    calls.all.flatMap((figures) => {
      const { extension, point, name } = figures;
      const value = valueOf(figures);
      return value === undefined ? [] : [{ labels: { extension, point, name }, value }];
    });
  const count = (name: string, help: string, valueOf: (figures: ExtensionFigures) => number): void =>
    metrics.series('only-grows', { name, help, labelNames }, samples(valueOf));
  count('lanyard_extension_calls_total', 'Calls of code of extensions.', (one) => one.calls);
  count('lanyard_extension_errors_total', 'Calls that failed.', (one) => one.errors);
  count('lanyard_extension_refusals_total', 'Calls that refused.', (one) => one.refusals);
  const help = '95 % of the last 512 calls took no longer.';
  metrics.series(
    'gauge',
    { name: 'lanyard_extension_p95_seconds', help, labelNames },
    samples(({ p95 }) => p95),
  );
}

function measureSink(deliveries: AuditDeliveries, metrics: Metrics): void {
  metrics.gauge(
    'lanyard_audit_sink_late_seconds',
    'Age of the oldest AuditEvent that the sink of a module has not taken.',
    () => deliveries.lateSeconds,
    'max',
  );
  metrics.counter(
    'lanyard_audit_sink_total',
    'AuditEvents that the sink took, and calls that failed.',
    'result',
    () => ({
      ...deliveries.handed,
    }),
  );
}

function measureBodies(memory: BodyMemory, metrics: Metrics): void {
  metrics.gauge('lanyard_body_bytes', 'Bytes of bodies that are received or worked on.', () => memory.held);
  metrics.gauge('lanyard_body_bytes_limit', 'Most bytes of bodies (BODY_MEMORY).', () => memory.limit);
  metrics.counter(
    'lanyard_body_refused_total',
    'Bodies that found no room: the caller had its share (429), or all of it was taken (503).',
    'cause',
    () => memory.refused,
  );
}

function measureJobs(jobs: Jobs, metrics: Metrics): void {
  metrics.gauge(
    'lanyard_jobs_running',
    'Calls of Prefer: respond-async that this server works at.',
    () => jobs.running,
  );
  metrics.counter('lanyard_jobs_ended_total', 'Such calls that ended here, by their result.', 'result', () => ({
    ...jobs.ended,
  }));
}

function measureOutbox(worker: OutboxWorker, metrics: Metrics): void {
  const each = (name: string, help: string, read: (count: OutboxCount) => number): void =>
    metrics.gauges({ name, help, label: 'hook' }, () =>
      Object.fromEntries(worker.counts.map((one) => [one.listener, read(one)])),
    );
  each('lanyard_outbox_waiting', 'Events that a hook is yet to be told of, of all servers.', ({ waiting }) => waiting);
  each('lanyard_outbox_dead', 'Events that are not tried again (lanyard outbox).', ({ dead }) => dead);
  metrics.counter(
    'lanyard_outbox_removed_total',
    'Events that were removed undelivered (OUTBOX_LIMIT).',
    'hook',
    () => worker.removed,
  );
  each('lanyard_outbox_oldest_seconds', 'Age of the oldest event that waits.', ({ oldestSeconds }) => oldestSeconds);
}

function measureStandbys({ standbys, passedOn }: StandbyReads, metrics: Metrics): void {
  if (!standbys) return;
  const each = (read: (standby: Standby) => number) => (): Readonly<Record<string, number>> =>
    Object.fromEntries(standbys.all.map((standby) => [standby.name, read(standby)] as const).filter(isKnown));
  const label = 'standby';
  const gauges = (of: Omit<LabelledName, 'label'>, read: (standby: Standby) => number): void =>
    metrics.gauges({ ...of, label }, each(read));
  const sums = (name: string, help: string, read: (standby: Standby) => number): void =>
    gauges({ name, help, aggregator: 'sum' }, read);
  gauges({ name: 'lanyard_standby_up', help: 'Whether a standby is used.', aggregator: 'min' }, ({ trouble }) =>
    trouble === undefined ? 1 : 0,
  );
  gauges(
    { name: 'lanyard_standby_age_seconds', help: 'How far a standby is behind at most, where that is known.' },
    ({ asOf = NaN }) => (performance.now() - asOf) / 1000,
  );
  sums('lanyard_standby_pool_connections', 'Connections to a standby.', ({ pool }) => pool.totalCount);
  sums('lanyard_standby_pool_in_use', 'Connections at work.', ({ pool }) => pool.totalCount - pool.idleCount);
  sums('lanyard_standby_pool_waiting', 'Reads that wait for a connection.', ({ pool }) => pool.waitingCount);
  const reads = each((standby) => standby.reads);
  metrics.counter('lanyard_standby_reads_total', 'Reads that began on a standby.', 'standby', reads);
  metrics.counter('lanyard_standby_passed_on_total', 'Reads for a standby that the primary answered.', 'cause', () => ({
    ...passedOn,
  }));
}

const isKnown = ([, value]: readonly [string, number]): boolean => !Number.isNaN(value);
