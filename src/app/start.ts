import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { warnAtStart } from './run-doctor.js';
import { earlyAnswers } from './early-answers.js';
import { Listener } from './listen.js';
import { entities, migrations } from './schema.js';
import { createApp } from './setup.js';
import { welcome } from './welcome.js';
import {
  type AdministrationDecision,
  FormerAdministratorRepository,
} from '../auth/storage/former-administrator.repository.js';
import { LocalAccounts } from '../auth/accounts/local-accounts.js';
import type { AppConfig } from '../config/app-config.js';
import { bringSchema } from '../database/migrations/bring-schema.js';
import { createDataSource } from '../database/data-source.js';
import { databaseConnection } from '../database/database-connection.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { serverVersion } from '../config/server-version.js';
import { LifeCycle } from '../observability/life-cycle.js';
import { Metrics } from '../observability/metrics.js';
import { MetricsServer } from '../observability/metrics-server.js';
import type { ServerLog } from '../observability/server-log.js';
import type { Tracing } from '../observability/tracing.js';
import { connectDatabase } from '../database/open-database.js';

type Print = (line: string) => void;

/** Milliseconds that requests in flight get to finish, and each part of the server to close. */
const closingPatience = 15_000;

/** The whole server: database, application, first user. What it started it also stops, in reverse. */
export class Server {
  private postgres: EmbeddedPostgres | undefined;
  private dataSource: DataSource | undefined;
  tracing: Tracing | undefined;
  private app: NestFastifyApplication | undefined;
  readonly listener: Listener;
  readonly metrics: Metrics | undefined;
  private readonly metricsServer: MetricsServer | undefined;

  constructor(
    private readonly config: AppConfig,
    readonly log: ServerLog,
    private readonly print: Print,
  ) {
    this.listener = new Listener(earlyAnswers(config));
    if (config.process.metricsPort === undefined) return;
    this.metrics = new Metrics();
    this.metricsServer = new MetricsServer(this.metrics);
  }

  /** Throws `StartRefused` for what a person can put right; nothing is left running then. */
  async start(): Promise<void> {
    try {
      const { config } = this;
      config.warnings.forEach(this.print);
      this.tracing = await openTracing(config, this.log);
      await this.listener.listen(config);
      await this.metricsServer?.listen(config.process.metricsPort ?? 0, config.host);
      const dataSource = await this.openDatabase();
      this.app = await createApp(config, dataSource, [], this);
      const password = await this.ensureAdmin(this.app);
      this.app.get(LifeCycle).started();
      this.listener.open();
      welcome(config, this.listener.url, password).forEach(this.print);
      // Not awaited: checked systems may be down, and this server must start all the same.
      void warnAtStart(config, (line) => new Logger('Doctor').warn(line)).catch(() => undefined);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops: not ready at once; running requests end, and those that come before load balancers notice are served. */
  async stop(): Promise<void> {
    if (this.app?.get(LifeCycle).drain()) await delay(this.config.process.shutdownDelay * 1000);
    await this.listener.close(closingPatience);
    if (this.app !== undefined) await within(closingPatience, this.app.close());
    if (this.dataSource?.isInitialized) await within(closingPatience, this.dataSource.destroy());
    await this.postgres?.stop();
    await this.metricsServer?.close();
    await this.tracing?.close();
    this.log.flush();
  }

  private async openDatabase(): Promise<DataSource> {
    const { databaseUrl, dataDir } = this.config;
    if (databaseUrl === undefined) this.postgres = await startEmbeddedPostgres({ dataDir, log: this.print });
    const connection = databaseConnection(this.config) ?? this.postgres?.connection ?? {};
    const { databasePool: poolSize, traces } = this.config.process;
    this.dataSource = createDataSource(connection, migrations, entities, { poolSize, traced: traces });
    await connectDatabase(this.dataSource, connection);
    await bringSchema(this.dataSource, this.config.schema, this.print);
    return this.dataSource;
  }

  private async ensureAdmin(app: NestFastifyApplication): Promise<string | undefined> {
    const { embeddedIssuer, adminUser, adminPassword } = this.config;
    if (!embeddedIssuer) return undefined;
    const decided = await app.get(FormerAdministratorRepository).decide(adminUser);
    if (decided) administrationMoved(decided).forEach(this.print);
    const { generatedPassword } = await app.get(LocalAccounts).ensureAdmin(adminUser, adminPassword);
    // At once: if the start failed after this, nobody would ever know it.
    if (generatedPassword !== undefined)
      this.print(`The password of "${adminUser}", shown only this once: ${generatedPassword}`);
    return generatedPassword;
  }
}

/** Upgrade from 0.1.0, where user/*.cruds made an administrator (docs/adr/0037). */
const administrationMoved = ({ kept, others }: AdministrationDecision): readonly string[] => [
  `Administration is a right of its own now (admin/*.cruds). "${kept}" keeps it, and has to log in again.`,
  ...(others.length === 0
    ? []
    : [
        `These users administered by user/*.cruds and do not any more: ${others.join(', ')}. Who is to go on: lanyard user set NAME --administrator`,
      ]),
];

/** OpenTelemetry's libraries are loaded only where they are used. */
async function openTracing(config: AppConfig, log: ServerLog): Promise<Tracing | undefined> {
  if (!config.process.traces) return undefined;
  const { Tracing: Traces } = await import('../observability/tracing.js');
  return Traces.start(serverVersion, (line) => log.warn(line, 'Tracing'));
}

/** Stopping goes on even when a part of it hangs or fails. */
async function within(patience: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}
