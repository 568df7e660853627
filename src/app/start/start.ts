import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { warnAtStart } from '../doctor/run-doctor.js';
import { earlyAnswers } from '../http/early-answers.js';
import { Listener } from '../http/listen.js';
import { createExtended } from '../extensions/create-extended.js';
import type { Extension } from '../extensions/extension.js';
import { ensureFirstUser } from './first-user.js';
import { closingPatience, openDatabase, type OpenDatabase, within } from './open-database.js';
import { Heartbeat } from '../replicas/heartbeat.js';
import { createApp } from '../setup.js';
import { type CreateApp, frontOf, openTenants } from '../tenants/open-tenants.js';
import { TenantRequest, TenantResponse } from '../tenants/keep-tenant.js';
import { TenantErasure } from '../tenants/tenant-erasure.js';
import type { TenantFront } from '../tenants/tenant-front.js';
import { isWorker, leavesTelling } from '../workers/worker.js';
import { welcome } from './welcome.js';
import { CallerShares } from '../../database/caller-shares.js';
import type { AppConfig } from '../../config/app-config.js';
import { serverVersion } from '../../config/server-version.js';
import { LifeCycle } from '../../observability/life-cycle.js';
import { Metrics } from '../../observability/metrics.js';
import { MetricsServer } from '../../observability/metrics-server.js';
import type { ServerLog } from '../../observability/server-log.js';
import type { Tracing } from '../../observability/tracing.js';

type Print = (line: string) => void;

const warn = (line: string): void => new Logger('Doctor').warn(line);

/** The whole server: database, application, first user. What it started it also stops, in reverse. */
export class Server {
  private database: OpenDatabase | undefined;
  tracing: Tracing | undefined;
  private app: NestFastifyApplication | undefined;
  private front: TenantFront | undefined;
  readonly listener: Listener;
  readonly metrics: Metrics | undefined;
  private readonly metricsServer: MetricsServer | undefined;

  constructor(
    private readonly config: AppConfig,
    readonly log: ServerLog,
    private readonly print: Print,
    private readonly extensions: readonly Extension[] = [],
  ) {
    const early = earlyAnswers(config);
    const messages = config.tenants !== 'off' && { IncomingMessage: TenantRequest, ServerResponse: TenantResponse };
    this.listener = new Listener({ ...early, http: { ...early.http, ...messages } });
    if (config.process.metricsPort === undefined) return;
    this.metrics = new Metrics();
    if (isWorker()) this.metrics.shareWithPrimary();
    else this.metricsServer = new MetricsServer(this.metrics);
  }

  /** Throws `StartRefused` for what a person can put right; nothing is left running then. `beforeRequests`: done once all is made, and again after the doctor's look if nobody has asked anything. */
  async start(beforeRequests?: () => Promise<void>): Promise<void> {
    try {
      const { config } = this;
      config.warnings.forEach(this.print);
      this.tracing = await openTracing(config, this.log);
      // A worker beside others takes connections once it can serve them.
      if (!leavesTelling()) await this.listener.listen(config);
      await this.metricsServer?.listen(config.process.metricsPort ?? 0, config.host);
      const { dataSource } = (this.database = await openDatabase({ config, extensions: this.extensions }, this.print));
      const hasTenants = config.tenants !== 'off';
      const begin = (): Promise<string | undefined> => this.begin(dataSource);
      const password = hasTenants ? await openTenants({ dataSource }, begin) : await begin();
      await beforeRequests?.();
      if (hasTenants) await this.openFront(dataSource);
      else this.listener.open();
      if (leavesTelling()) await this.listener.listen(config);
      welcome(config, this.listener.url, password).forEach(this.print);
      // Not awaited: checked systems may be down, and this server must start all the same.
      if (!leavesTelling()) void this.lookAround(beforeRequests).catch(() => undefined);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** The doctor's look leaves 20 MB, which are given back, too, where no request would wait for that. */
  private async lookAround(giveBack?: () => Promise<void>): Promise<void> {
    await warnAtStart(this.config, warn, this.extensions).catch(() => undefined);
    if (this.app?.get(CallerShares, { strict: false }).asked === 0) await giveBack?.();
  }

  /** Makes the application of the settings, and its first user, whose password is returned if it was made up. */
  private async begin(dataSource: DataSource): Promise<string | undefined> {
    const app = (this.app = await this.create(this.config, dataSource, this));
    const password = await ensureFirstUser(this.config, (part) => app.get(part), this.print);
    app.get(LifeCycle).started();
    app.get(Heartbeat).start();
    return password;
  }

  private readonly create: CreateApp = (config, dataSource, parts) =>
    createExtended(this.extensions, () => createApp(config, dataSource, this.extensions, parts));

  private async openFront(dataSource: DataSource): Promise<void> {
    const { config, create } = this;
    const erasure = this.app!.get(TenantErasure);
    this.listener.open((answer) => {
      this.front = frontOf({ config, dataSource, parts: this, create }, { answer, erasure });
      return this.front.answer;
    });
    await this.front?.start();
  }

  /** Stops: not ready at once; running requests end, and those that come before load balancers notice are served. */
  async stop(): Promise<void> {
    this.front?.drain();
    if (this.app?.get(LifeCycle).drain()) await delay(this.config.process.shutdownDelay * 1000);
    await this.listener.close(closingPatience);
    if (this.front) await within(closingPatience, this.front.close());
    if (this.app !== undefined) await within(closingPatience, this.app.close());
    await this.database?.close();
    await this.metricsServer?.close();
    await this.tracing?.close();
    this.log.flush();
  }
}

/** OpenTelemetry's libraries are loaded only where they are used. */
async function openTracing(config: AppConfig, log: ServerLog): Promise<Tracing | undefined> {
  if (!config.process.traces) return undefined;
  const { Tracing: Traces } = await import('../../observability/tracing.js');
  return Traces.start(serverVersion, (line) => log.warn(line, 'Tracing'));
}
