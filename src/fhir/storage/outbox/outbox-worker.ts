import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ChangeWatch } from '../../../database/changes/change-poll.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SqlSession } from '../session/sql-session.js';
import { Deliveries } from './deliveries.js';
import { countEvents, Outbox, type OutboxCount, trimEvents } from './outbox.js';

/** Milliseconds between looks for events of other servers and for those that failed. */
const lookEvery = 1_000;
/** Looks between two counts. */
const countEvery = 15;
/** Events of one hook that are kept (OUTBOX_LIMIT). */
export const usualLimit = 1_000_000;
/** Events that one statement removes, and statements of one turn. */
const [batch, mostBatches] = [10_000, 100];

/** Delivers the events of the outbox: in every server, each event by one of them. Does nothing without listeners. */
@Injectable()
export class OutboxWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Outbox');
  private deliveries: readonly Deliveries[] = [];
  private timer: NodeJS.Timeout | undefined;
  private watch: ChangeWatch | undefined;
  private looks = 0;
  /** By listener, of all servers, as of the last count. */
  counts: readonly OutboxCount[] = [];
  private readonly removedOf = new Map<string, number>();

  constructor(
    private readonly session: SqlSession,
    private readonly outbox: Outbox,
    @Inject(FHIR_OPTIONS) private readonly options: Pick<FhirOptions, 'outboxLimit'>,
  ) {}

  /** Events by hook that this server has removed undelivered. */
  get removed(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.removedOf);
  }

  onApplicationBootstrap(): void {
    const { listeners } = this.outbox;
    if (listeners.length === 0) return;
    this.deliveries = listeners.map((listener) => new Deliveries(listener, this.session, this.logger));
    this.outbox.whenWoken(() => this.look());
    this.watch = this.session.changes.watch(['outbox'], () => this.look());
    this.timer = setInterval(() => this.turn(), lookEvery).unref();
    this.turn();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.watch?.stop();
    await Promise.all(this.deliveries.map((one) => one.stop()));
  }

  private look(): void {
    for (const one of this.deliveries) one.look();
  }

  private turn(): void {
    if (this.watch?.seen?.state !== '') this.look();
    if (this.looks++ % countEvery !== 0) return;
    // A count that fails now is made later.
    void this.tidy().catch(() => undefined);
  }

  /** Counts the events, and removes the oldest ones of hooks that have more than OUTBOX_LIMIT. */
  async tidy(): Promise<void> {
    this.counts = await countEvents(this.session);
    const { outboxLimit: limit = usualLimit } = this.options;
    const full = this.counts.filter(({ waiting, dead }) => waiting + dead > limit);
    for (const { listener } of full) await this.trim(listener, limit);
    if (full.length > 0) this.counts = await countEvents(this.session);
  }

  private async trim(listener: string, limit: number): Promise<void> {
    for (let i = 0; i < mostBatches; i++) {
      const { removed, waited, first, last } = await trimEvents(this.session, listener, limit, batch);
      if (removed === 0) return;
      this.removedOf.set(listener, (this.removedOf.get(listener) ?? 0) + removed);
      this.logger.error(
        `The outbox of ${listener} has more than ${limit} events (OUTBOX_LIMIT): ${removed} of ${first} to ${last} are removed ` +
          `undelivered, ${waited} of them not dead yet. What changed is found by _lastUpdated.`,
      );
      if (removed < batch) return;
    }
  }
}
