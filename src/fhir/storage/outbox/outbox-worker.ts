import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SqlSession } from '../session/sql-session.js';
import { Deliveries } from './deliveries.js';
import { countEvents, Outbox, type OutboxCount } from './outbox.js';

/** Milliseconds between looks for events of other servers and for those that failed. */
const lookEvery = 1_000;
/** Looks between two counts. */
const countEvery = 15;

/** Delivers the events of the outbox: in every server, each event by one of them. Does nothing without listeners. */
@Injectable()
export class OutboxWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Outbox');
  private deliveries: readonly Deliveries[] = [];
  private timer: NodeJS.Timeout | undefined;
  private looks = 0;
  /** By listener, of all servers, as of the last count. */
  counts: readonly OutboxCount[] = [];

  constructor(
    private readonly session: SqlSession,
    private readonly outbox: Outbox,
  ) {}

  onApplicationBootstrap(): void {
    const { listeners } = this.outbox;
    if (listeners.length === 0) return;
    this.deliveries = listeners.map((listener) => new Deliveries(listener, this.session, this.logger));
    this.outbox.whenWoken(() => this.look());
    this.timer = setInterval(() => this.turn(), lookEvery).unref();
    this.turn();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.deliveries.map((one) => one.stop()));
  }

  private look(): void {
    for (const one of this.deliveries) one.look();
  }

  private turn(): void {
    this.look();
    if (this.looks++ % countEvery !== 0) return;
    // What cannot be counted now is counted later.
    void countEvents(this.session).then(
      (counts) => (this.counts = counts),
      () => undefined,
    );
  }
}
