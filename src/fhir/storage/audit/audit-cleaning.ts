import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { everyHour, type Recurring } from '../../../database/every-hour.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SqlSession } from '../session/sql-session.js';
import { eraseOldEvents } from './erase-old-events.js';

/** Batches of one hour: what is left waits for the next one. */
const mostBatches = 100;

/** Erases AuditEvents after their time (setting AUDIT_RETENTION), at the start and once an hour. */
@Injectable()
export class AuditCleaning implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AuditCleaning.name);
  private timer: Recurring | undefined;
  private stopped = false;
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly session: SqlSession,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.auditRetention === 0) return;
    this.timer = everyHour(() => this.erase());
    void this.erase().catch((error: unknown) => this.logger.error(`Erasing AuditEvents failed: ${String(error)}`));
  }

  async onModuleDestroy(): Promise<void> {
    this.timer?.stop();
    this.stopped = true;
    await this.working.catch(() => undefined);
  }

  /** Returns when nothing old is left, or the work of one hour is done. */
  erase(): Promise<void> {
    this.working = this.eraseBatches();
    return this.working;
  }

  private async eraseBatches(): Promise<void> {
    for (let batch = 0; batch < mostBatches && !this.stopped; batch++) {
      if ((await eraseOldEvents(this.session, this.options.auditRetention)) === 0) return;
    }
  }
}
