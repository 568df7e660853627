import type { RequestListener } from 'node:http';
import { getHeapStatistics } from 'node:v8';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { BusiestTenants } from './busiest-tenants.js';
import { Pattern } from './container/pattern.js';
import { OwnFastify } from './router/own-fastify.js';
import { SharedFastify } from './router/shared-fastify.js';
import { settingsOfTenant } from './settings-of-tenant.js';
import { pathReader } from './tenant-address.js';
import { ownTenant, TenantFront } from './tenant-front.js';
import type { TenantErasure } from './tenant-erasure.js';
import { hostReader } from './tenant-host.js';
import { type TenantServer, TenantServers } from './tenant-servers.js';
import { fastifyOptions, targetReader } from '../http/adapter.js';
import type { PatternMaker, ProcessParts } from '../start/process-parts.js';
import type { AppConfig } from '../../config/app-config.js';
import { configOfTenant } from '../../config/tenant-config.js';
import { poolOf } from '../../database/pool-of.js';
import { asTenant, type TenantContext } from '../../database/tenant.js';
import { requireTenant } from '../../database/tenants/require-tenant.js';
import { TenantRegistry } from '../../database/tenants/tenant-registry.js';
import { tenantsWithWork } from '../../database/tenants/tenants-with-work.js';
import { firstRows } from '../../fhir/storage/first-rows.js';
import { LifeCycle } from '../../observability/life-cycle.js';

/** Makes the application of a server. */
export type CreateApp = (
  config: AppConfig,
  dataSource: DataSource,
  parts: ProcessParts,
) => Promise<NestFastifyApplication>;

/** Bytes of the heap that one server is reckoned to take, and the part of the heap that all of them may. */
const serverBytes = 5 * 2 ** 20;
const heapPart = 0.5;
/** Milliseconds that a server of nobody's requests stays open. */
const idle = 10 * 60_000;
/** Servers that start at once, and milliseconds between two that take the place of another: a start takes 0.02 to 0.1 s of CPU. */
const starting = 4;
const displaceEvery = 2_000;

const mostServers = (): number =>
  Math.max(4, Math.floor((getHeapStatistics().heap_size_limit * heapPart) / serverBytes));

interface TenantsOf {
  readonly config: AppConfig;
  readonly dataSource: DataSource;
  readonly parts: ProcessParts;
  readonly create: CreateApp;
}

/** The application of `default`. */
interface OwnApplication {
  readonly answer: RequestListener;
  readonly erasure: TenantErasure;
}

/** From now on no work without a tenant gets a connection; the first application is that of `default`, and made as its work. */
export async function openTenants<T>(
  { dataSource }: Pick<TenantsOf, 'dataSource'>,
  work: () => Promise<T>,
): Promise<T> {
  requireTenant(poolOf(dataSource));
  return asTenant(ownTenant, work);
}

export const registryOf = (dataSource: DataSource): TenantRegistry => new TenantRegistry(dataSource, firstRows);

/** Stands before the application of `default`, whose requests `own` answers, and before those of all other tenants. */
export function frontOf(
  tenants: TenantsOf,
  { answer: own, erasure }: OwnApplication,
  most = mostServers(),
): TenantFront {
  const { config, dataSource } = tenants;
  const shared = new SharedFastify(fastifyOptions(config));
  const pattern = patternMaker(config, shared);
  const servers = new TenantServers((tenant) => startServer(tenants, { shared, pattern }, tenant), {
    most,
    idle,
    starting,
    displaceEvery,
  });
  return new TenantFront(
    {
      registry: registryOf(dataSource),
      erasure,
      servers,
      read: config.tenants === 'host' ? hostReader(config) : pathReader(config.publicUrl),
      withWork: () => tenantsWithWork(dataSource),
      site: { base: config.fhirBase, docsUrl: `${config.publicUrl}/docs/access` },
      busiest: busiestOf(tenants),
    },
    own,
  );
}

function busiestOf({ config: { process }, parts: { metrics } }: TenantsOf): BusiestTenants | undefined {
  if (!metrics || process.metricsTenants === 0) return undefined;
  const busiest = new BusiestTenants(process.metricsTenants);
  const name = 'lanyard_tenant_requests';
  const help = 'Requests of the last minute to the tenants with most of them (METRICS_TENANTS).';
  metrics.gaugesForOperator({ name, help, label: 'tenant', aggregator: 'sum' }, () => busiest.read());
  return busiest;
}

/** Parts that the servers of all tenants share. */
interface Shared {
  readonly shared: SharedFastify;
  readonly pattern: PatternMaker;
}

/** No tenant has such a name. */
const nobody = '-';

function patternMaker(config: AppConfig, shared: SharedFastify): PatternMaker {
  let made: Promise<Pattern> | undefined;
  return (define) => {
    const settings = configOfTenant(config, nobody);
    const own = new OwnFastify(shared, targetReader(settings.publicUrl));
    return (made ??= Pattern.of(define(settings, own), own.adapter));
  };
}

async function startServer(
  { config, dataSource, parts: { log, metrics, tracing }, create }: TenantsOf,
  { shared, pattern }: Shared,
  tenant: TenantContext,
): Promise<TenantServer> {
  const ownConfig = await settingsOfTenant(config, registryOf(dataSource), tenant);
  const own = new OwnFastify(shared, targetReader(ownConfig.publicUrl));
  const app = await create(ownConfig, dataSource, { ...(log && { log }), metrics, tracing, own, pattern });
  const lifeCycle = app.get(LifeCycle);
  lifeCycle.started();
  return { answer: own.answer, drain: () => void lifeCycle.drain(), close: () => app.close() };
}
