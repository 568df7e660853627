import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface PressureLimits {
  /** Milliseconds that the event loop may be late on average; 0: any. */
  readonly eventLoopDelay: number;
  /** Work that may wait for a connection to the database. */
  readonly queue: number;
}

export type PressureCause = 'event-loop' | 'database-queue';

/** Milliseconds. */
const resolution = 20;
const window = 500;

/**
 * True while the process is overloaded: new requests are refused at once, so that running ones come to an end. Our own
 * code: @fastify/under-pressure looks at the event loop alike, but cannot look at a queue when a request comes, and
 * knows no answers but its own.
 */
export class Pressure {
  private readonly histogram = monitorEventLoopDelay({ resolution });
  private readonly timer: NodeJS.Timeout;
  /** Milliseconds, of the last window. */
  private delay = 0;

  constructor(
    private readonly limits: PressureLimits,
    private readonly waiting: () => number,
  ) {
    this.histogram.enable();
    this.timer = setInterval(() => this.look(), window).unref();
  }

  /** Undefined while there is room. */
  get cause(): PressureCause | undefined {
    const { eventLoopDelay, queue } = this.limits;
    if (this.waiting() > queue) return 'database-queue';
    return eventLoopDelay > 0 && this.delay > eventLoopDelay ? 'event-loop' : undefined;
  }

  stop(): void {
    clearInterval(this.timer);
    this.histogram.disable();
  }

  private look(): void {
    const mean = this.histogram.mean / 1e6 - resolution;
    this.delay = Number.isNaN(mean) ? 0 : mean;
    this.histogram.reset();
  }
}
