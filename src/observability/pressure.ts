import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface PressureLimits {
  /** Milliseconds that the event loop may be late on average of two windows, one after the other; 0: any. */
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
  /** Windows in a row in which it was late: one may be a pause (garbage, a process held back), two are load (docs/adr/0047). */
  private lateWindows = 0;

  constructor(
    private readonly limits: PressureLimits,
    private readonly waiting: () => number,
  ) {
    this.histogram.enable();
    this.timer = setInterval(() => this.look(), window).unref();
  }

  /** Undefined while there is room. */
  get cause(): PressureCause | undefined {
    if (this.waiting() > this.limits.queue) return 'database-queue';
    return this.lateWindows > 1 ? 'event-loop' : undefined;
  }

  stop(): void {
    clearInterval(this.timer);
    this.histogram.disable();
  }

  private look(): void {
    const { eventLoopDelay } = this.limits;
    const isLate = eventLoopDelay > 0 && this.histogram.mean / 1e6 - resolution > eventLoopDelay;
    this.lateWindows = isLate ? this.lateWindows + 1 : 0;
    this.histogram.reset();
  }
}
