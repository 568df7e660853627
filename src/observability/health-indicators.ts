import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';

/** A look at something that an extension needs. */
export interface HealthIndicator {
  /** a-z, 0-9 and "-"; `/health/ready` shows it after the name of the extension: `@acme/cardio/registry`. */
  readonly name: string;
  /** False, or a rejection, when the part does not do its work now; no answer within a second counts as that. */
  isWell(): boolean | Promise<boolean>;
}

export type HealthState = 'up' | 'degraded';

/** Milliseconds that a look may take, and that its finding lasts: anybody may ask for it. */
const patience = 1000;

/**
 * The parts of extensions in `/health/ready`. They are degraded at worst: a server that leaves the load balancer because
 * of one extension would take everything else along.
 */
@Injectable()
export class HealthIndicators {
  readonly #watched = new Map<string, Watched>();

  /** Throws at start when a name is taken or is none. */
  add(extension: string, ...indicators: readonly HealthIndicator[]): void {
    for (const indicator of indicators) {
      const name = `${extension}/${indicator.name}`;
      if (!/^[a-z0-9-]+$/.test(indicator.name))
        throw new Error(`the health indicator "${indicator.name}" needs a name of a-z, 0-9 and "-".`);
      if (this.#watched.has(name)) throw new Error(`two health indicators have the name "${indicator.name}".`);
      this.#watched.set(name, new Watched(name, indicator));
    }
  }

  async look(): Promise<ReadonlyMap<string, HealthState>> {
    const all = [...this.#watched];
    return new Map(await Promise.all(all.map(async ([name, one]) => [name, await one.state()] as const)));
  }
}

class Watched {
  private readonly logger = new Logger('Health');
  /** Goes on beyond a look that gave up: one that hangs is not begun again. */
  private running: Promise<HealthState> | undefined;
  private found: { readonly at: number; readonly state: HealthState } | undefined;

  constructor(
    private readonly name: string,
    private readonly indicator: HealthIndicator,
  ) {}

  async state(): Promise<HealthState> {
    if (this.found && performance.now() - this.found.at < patience) return this.found.state;
    this.running ??= this.ask().finally(() => (this.running = undefined));
    const stop = new AbortController();
    const late = delay(patience, 'degraded' as const, { signal: stop.signal, ref: false }).catch(
      () => 'degraded' as const,
    );
    const state = await Promise.race([this.running, late]);
    stop.abort();
    this.found = { at: performance.now(), state };
    return state;
  }

  private async ask(): Promise<HealthState> {
    try {
      const found: unknown = await this.indicator.isWell();
      return found === true ? 'up' : 'degraded';
    } catch (error) {
      if (this.found?.state !== 'degraded') this.logger.warn(`${this.name}: ${(error as Error).message}`);
      return 'degraded';
    }
  }
}
