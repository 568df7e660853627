import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { describeError } from '../../../observability/describe-error.js';
import type { ChangeWatch } from '../../../database/changes/change-poll.js';
import { SearchDefinitions } from '../indexing/search-definitions.js';
import { IndexColumns } from '../indexing/index-columns.js';
import { tenant } from '../session/tenant-parameter.js';
import { ServiceUnavailable } from '../session/service-unavailable.js';
import { SqlSession } from '../session/sql-session.js';
import { AuditEventsUnderWay } from './audit-events-under-way.js';
import { EventRows } from './event-rows.js';
import { type EventForm, type Sealed, sealRecords } from './seal-records.js';
import { type Pace, restAfter, urgencyOf } from './sealing-pace.js';

const lookEveryMs = 1_000;

const nothing: Sealed = { isMore: false, lateMs: 0 };

/** Limit of time that a search for AuditEvents waits for those that are not made yet. */
const patienceMs = 5_000;

/** Makes AuditEvents of what was recorded: soon, in the background, and at once for who asks for them. */
@Injectable()
export class AuditSealer implements OnApplicationBootstrap, OnModuleDestroy {
  readonly events: EventRows;
  private readonly logger = new Logger(AuditSealer.name);
  private timer: NodeJS.Timeout | undefined;
  /** Duration of the last batch, and how late it was; undefined while nothing waited. */
  private last: Omit<Pace, 'busy'> | undefined;
  private restingSince = 0;
  /** Instant since which no AuditEvents were made; undefined while nothing waits. */
  private behindSince: number | undefined;
  /** Load of the event loop at the last look. */
  private loop = performance.eventLoopUtilization();
  private stopped = false;
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<void> | undefined;
  private watch: ChangeWatch | undefined;

  constructor(
    readonly session: SqlSession,
    readonly columns: IndexColumns,
    readonly definitions: SearchDefinitions,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {
    this.events = new EventRows(columns);
  }

  get form(): EventForm | undefined {
    return this.options.auditForm;
  }

  onApplicationBootstrap(): void {
    if (!this.options.audit) return;
    this.watch = this.session.changes.watch(['audit'], () => undefined);
    this.lookAgainIn(lookEveryMs);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.watch?.stop();
    await this.running.catch(() => undefined);
  }

  /** Seconds by which AuditEvents are late, as far as this server has seen. */
  get lateSeconds(): number {
    return this.behindSince === undefined ? 0 : Math.max(0, Date.now() - this.behindSince) / 1000;
  }

  private get urgency(): number {
    return urgencyOf(this.last?.lateMs ?? 0);
  }

  /** Returns when all that was recorded before is there to be found. Throws {@link AuditEventsUnderWay} if that takes too long. */
  catchUp(): Promise<void> {
    // A run that is under way may have looked already; those who come meanwhile share the next one.
    this.next ??= this.inTurn(() => {
      this.next = undefined;
      return this.sealAll();
    });
    return this.next;
  }

  private async sealAll(): Promise<void> {
    const end = performance.now() + patienceMs;
    while ((await sealRecords(this, 'awaited', this.urgency)).isMore)
      if (performance.now() > end) throw new AuditEventsUnderWay();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.running.catch(() => undefined).then(work);
    this.running = turn;
    return turn;
  }

  /** Soon enough to see that the requests have become fewer. */
  private lookAgainIn(ms: number): void {
    this.loop = performance.eventLoopUtilization();
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), Math.min(ms, lookEveryMs)).unref();
  }

  /** Seals a batch when it is due. Measures the load of the event loop while it rests: requests come first. */
  private async look(): Promise<void> {
    const { utilization: busy } = performance.eventLoopUtilization(this.loop);
    const rest = this.last ? restAfter({ ...this.last, busy }) : 0;
    const rested = performance.now() - this.restingSince;
    if (rested < rest) return this.lookAgainIn(rest - rested);
    const began = performance.now();
    const sealed = await this.inTurn(() => this.sealSome()).catch((error: unknown) => {
      // A database that is away has nothing to say: the next look will do.
      if (error instanceof ServiceUnavailable) this.logger.debug(`Sealing failed: ${String(error)}`);
      else this.logger.error(`No AuditEvents can be made of what was recorded: ${describeError(error)}`);
      this.behindSince ??= Date.now();
      return nothing;
    });
    this.restingSince = performance.now();
    this.last = sealed.isMore ? { sealingMs: this.restingSince - began, lateMs: sealed.lateMs } : undefined;
    this.lookAgainIn(this.last ? restAfter({ ...this.last, busy: 0 }) : lookEveryMs);
  }

  private async sealSome(): Promise<Sealed> {
    if (this.watch?.seen?.state === '') {
      this.behindSince = undefined;
      return nothing;
    }
    const text = `SELECT EXISTS (SELECT FROM audit_record WHERE tenant = ${tenant}) AS waiting`;
    const [found] = await this.session.rows<{ waiting: boolean }>({ text, values: [] });
    const sealed = found!.waiting ? await sealRecords(this, 'skipped', this.urgency) : nothing;
    this.behindSince = sealed.isMore ? Date.now() - sealed.lateMs : undefined;
    return sealed;
  }
}
