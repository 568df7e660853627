import { availableParallelism } from 'node:os';
import { shareOfWorker, fewestConnections } from './share-of-worker.js';
import { variablesOf } from './worker.js';
import { Workers } from './workers.js';
import { printerFor } from '../start/process-parts.js';
import type { AppConfig } from '../../config/app-config.js';
import type { ProcessSettings } from '../../config/process-settings.js';
import { StartRefused } from '../../config/checks/start-refused.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../database/embedded/embedded-postgres.js';
import { MetricsServer } from '../../observability/metrics-server.js';
import type { ServerLog } from '../../observability/server-log.js';
import { WorkerMetrics } from '../../observability/worker-metrics.js';

/** Workers that the settings ask for; `auto` asks for no more than the connections suffice for. */
export function workersOf(
  { workers, databasePool }: Pick<ProcessSettings, 'workers' | 'databasePool'>,
  processors = availableParallelism(),
): number {
  const most = Math.max(1, Math.floor(databasePool / fewestConnections));
  if (workers === 'auto') return Math.min(processors, most);
  if (workers <= most || workers === 1) return workers;
  const wanted = workers * fewestConnections;
  throw new StartRefused(
    `WORKERS: ${workers} processes need ${wanted} connections to the database, and DATABASE_POOL has ${databasePool} for all of them. ` +
      `Example: WORKERS=${workers} DATABASE_POOL=${wanted}`,
  );
}

/** The process that begins the workers, and serves nothing itself but the metrics of all (docs/adr/0086). */
export class Primary {
  private readonly workers: Workers;
  private readonly say: (line: string) => void;
  private readonly metrics: MetricsServer | undefined;
  private postgres: EmbeddedPostgres | undefined;

  constructor(
    private readonly config: AppConfig,
    log: ServerLog,
    private readonly count: number,
  ) {
    const { process: budgets } = config;
    this.say = printerFor(config, log);
    const share = shareOfWorker(budgets, count);
    this.workers = new Workers({
      count,
      variables: (isFirst) => ({ ...share, ...variablesOf(isFirst) }),
      say: this.say,
    });
    if (budgets.metricsPort === undefined) return;
    this.metrics = new MetricsServer(new WorkerMetrics(() => this.workers.size));
  }

  /** Throws `WorkerFailed` where the first worker cannot start, which has said why. */
  async start(): Promise<void> {
    const { config, count, say } = this;
    const { dataDir, databaseUrl, host } = config;
    await this.metrics?.listen(config.process.metricsPort ?? 0, host);
    if (databaseUrl === undefined) this.postgres = await startEmbeddedPostgres({ dataDir, log: say });
    await this.workers.start();
    say(`${count} processes serve. SIGHUP to ${process.pid} replaces one after the other.`);
    process.on('SIGHUP', () => void this.workers.restart());
  }

  async stop(): Promise<void> {
    await this.workers.stop();
    await this.postgres?.stop();
    await this.metrics?.close();
  }
}
