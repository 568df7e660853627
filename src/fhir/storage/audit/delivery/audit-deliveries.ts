import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  Optional,
} from '@nestjs/common';
import { StartRefused } from '../../../../config/checks/start-refused.js';
import { callPart, PartFailed } from '../../../../observability/call-part.js';
import { describeError } from '../../../../observability/describe-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../../fhir-options.js';
import { SqlSession } from '../../session/sql-session.js';
import {
  beginDelivery,
  type DeliveryRow,
  lockDelivery,
  mostEvents,
  moveDelivery,
  nextEvents,
} from './delivery-statements.js';
import { AUDIT_SINK, type AuditSink, type SunkEvent } from './audit-sink.js';

const lookEveryMs = 1_000;
const longestPauseMs = 60_000;

type Row = { readonly position: string; readonly id: string; readonly recorded: Date; readonly body: string };

/**
 * Hands sealed AuditEvents to the sink of the application, batch by batch. How far it got is a row that one server at a time
 * locks: what it had not written down when it stopped is handed out again, by whichever server looks next.
 */
@Injectable()
export class AuditDeliveries implements OnApplicationBootstrap, OnModuleDestroy {
  readonly handed = { ok: 0, failed: 0 };
  private readonly logger = new Logger(AuditDeliveries.name);
  private timer: NodeJS.Timeout | undefined;
  private pause = lookEveryMs;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  /** Instant of the oldest event that waits, as far as this server has seen. */
  private waitingSince: number | undefined;

  constructor(
    private readonly session: SqlSession,
    @Inject(FHIR_OPTIONS) { audit }: FhirOptions,
    @Optional() @Inject(AUDIT_SINK) readonly sink?: AuditSink,
  ) {
    if (sink && !audit)
      throw new StartRefused(
        `A module brings ${sink.name} as AUDIT_SINK, and AUDIT=off leaves nothing for it. Leave one of the two out.`,
      );
  }

  onApplicationBootstrap(): void {
    if (this.sink) this.lookAgain(0);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Seconds since the oldest event that has not arrived. */
  get lateSeconds(): number {
    return this.waitingSince === undefined ? 0 : Math.max(0, Date.now() - this.waitingSince) / 1000;
  }

  private lookAgain(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.look();
    }, ms).unref();
  }

  private async look(): Promise<void> {
    try {
      while (!this.stopped && (await this.deliver(this.sink!)) === mostEvents);
      this.pause = lookEveryMs;
    } catch (error) {
      if (error instanceof PartFailed) this.handed.failed++;
      else this.logger.error(`AuditEvents are not handed to ${this.sink!.name}: ${describeError(error)}`);
      this.pause = Math.min(this.pause * 2, longestPauseMs);
    }
    this.lookAgain(this.pause);
  }

  /** Returns the number of events that arrived. */
  private async deliver(sink: AuditSink): Promise<number> {
    const { name, timeout } = sink;
    await this.session.count(beginDelivery(name));
    return this.session.transaction(async (tx) => {
      const [delivery] = await tx.rows<DeliveryRow>(lockDelivery(name));
      // Another server is at it.
      if (!delivery) return 0;
      const events = (await tx.rows<Row>(nextEvents(delivery.position))).map(eventOf);
      this.waitingSince = events[0] && Date.parse(events[0].recorded);
      if (events.length === 0) return 0;
      await callPart(
        { part: `AUDIT_SINK ${name}`, timeout },
        () => sink.send(events),
        () => undefined,
      );
      await tx.count(moveDelivery(name, events.at(-1)!.position));
      this.handed.ok += events.length;
      this.waitingSince = undefined;
      return events.length;
    });
  }
}

const eventOf = ({ position, id, recorded, body }: Row): SunkEvent => ({
  position: Number(position),
  id,
  recorded: recorded.toISOString(),
  body,
});
