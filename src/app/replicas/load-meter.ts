import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Pool } from 'pg';
import type { ProcessLoad } from '../../database/processes/server-processes.js';

/** Node publishes each request of each HTTP server of the process there. */
const requestStart = 'http.server.request.start';
/** Milliseconds, and how many of them a delay is measured in. */
const resolution = 20;
const nanosecondsPerMs = 1e6;

/** Measures what the process does between two looks. */
export class LoadMeter {
  private readonly delay = monitorEventLoopDelay({ resolution });
  private readonly count = (): void => void this.requests++;
  private requests = 0;
  private since = performance.now();

  constructor(private readonly pool: Pool) {
    this.delay.enable();
    subscribe(requestStart, this.count);
  }

  /** Figures since the last call; the next ones begin now. */
  read(): ProcessLoad {
    const now = performance.now();
    const seconds = Math.max(0.001, (now - this.since) / 1000);
    const late = this.delay.percentile(99) / nanosecondsPerMs - resolution;
    const load = {
      requestsPerSecond: rounded(this.requests / seconds),
      eventLoopDelay: rounded(Math.max(0, Number.isFinite(late) ? late : 0)),
      poolInUse: this.pool.totalCount - this.pool.idleCount,
      poolSize: this.pool.options.max,
      poolWaiting: this.pool.waitingCount,
      memory: process.memoryUsage.rss(),
    };
    this.delay.reset();
    this.requests = 0;
    this.since = now;
    return load;
  }

  stop(): void {
    unsubscribe(requestStart, this.count);
    this.delay.disable();
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
