import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ChangeWatch } from '../../../database/changes/change-poll.js';
import { describeError } from '../../../observability/describe-error.js';
import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import { FHIR_OPTIONS, type FhirOptions, type JobOptions } from '../../fhir-options.js';
import { BinaryContents } from '../binary/binary-contents.js';
import { StorageUsage } from '../limits/storage-usage.js';
import { SqlSession } from '../session/sql-session.js';
import { usualJobs } from './job-options.js';
import { ascii, putOff } from './job-progress.js';
import {
  addJob,
  askJob,
  type AskedJob,
  failJob,
  finishJob,
  holdJob,
  JobLost,
  leaseSeconds,
  type ListedJob,
  listJobs,
  type NewJob,
  postponeJob,
  releaseJob,
  removeAnyJob,
  removeJob,
  takeJob,
  type TakenJob,
  tidyJobs,
} from './job.js';

/** Result of a job. */
export interface JobResult {
  readonly status: number;
  /** A resource, as JSON. */
  readonly answer: string;
}

/** A job at work. */
export interface Work {
  readonly job: TakenJob;
  readonly request: string;
  /** Ends when the job is cancelled, has gone to another server, or this one stops. */
  readonly signal: AbortSignal;
  /** Says how far it is, in words. */
  readonly progress: (text: string) => void;
}

/** Carries a kind of job out; it may be begun again from its start after a crash. Never rejects for what the caller did wrong. */
export type Worker = (work: Work) => Promise<JobResult>;

const lookEveryMs = 1000;
const tidyEveryMs = 60_000;
/** Where there is no job, what is left of one is removed more rarely. */
const tidyAtLeastEveryMs = 3_600_000;
/** For work to end when the server stops. */
const patience = 3000;

/** Jobs of all servers on the database: each is carried out by one of them, and by another after a crash (ADR 61). */
@Injectable()
export class Jobs implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Jobs.name);
  private readonly workers = new Map<string, Worker>();
  private readonly working = new Set<Promise<void>>();
  private readonly stop = new AbortController();
  private readonly session: SqlSession;
  readonly options: JobOptions;
  private timer: NodeJS.Timeout | undefined;
  private watch: ChangeWatch | undefined;
  private looking: Promise<void> | undefined;
  private tidiedAt = -Infinity;
  /** Jobs that ended here, by whether they did what they were to do. */
  readonly ended = { done: 0, failed: 0 };

  constructor(
    session: SqlSession,
    private readonly usage: StorageUsage,
    private readonly contents: BinaryContents,
    @Inject(FHIR_OPTIONS) { jobs = usualJobs }: Pick<FhirOptions, 'jobs'>,
  ) {
    this.session = session.unlimited;
    this.options = jobs;
  }

  /** For those who carry jobs out, while the application starts. A server without any never looks. */
  register(kind: string, worker: Worker): void {
    this.workers.set(kind, worker);
  }

  onApplicationBootstrap(): void {
    if (this.workers.size === 0) return;
    this.watch = this.session.changes.watch(['jobs'], () => this.look());
    this.timer = setInterval(() => this.turn(), lookEveryMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stop.abort();
    await this.watch?.stop();
    await this.looking;
    // Work that does not listen is taken over by another server once its lease is over.
    await Promise.race([Promise.all(this.working), sleep(patience, undefined, { ref: false })]);
  }

  /** Returns the id of the new job; undefined if the caller has too many, or there are too many of all. Throws `TenantLimitReached` if the tenant has. */
  async add(job: Omit<NewJob, 'id'>): Promise<string | undefined> {
    await this.usage.requireJob();
    const id = randomUUID();
    if (!(await addJob(this.session, { ...job, id }, this.options))) return undefined;
    this.look();
    return id;
  }

  ask(id: string, caller: string): Promise<AskedJob | undefined> {
    return askJob(this.session, id, caller);
  }

  /** Cancels and forgets it; false if the caller has no such job. */
  async remove(id: string, caller: string): Promise<boolean> {
    return this.removed(await removeJob(this.session, id, caller));
  }

  /** For administrators: cancels and forgets the job of anybody. */
  async removeAny(id: string): Promise<boolean> {
    return this.removed(await removeAnyJob(this.session, id));
  }

  /** For administrators: the newest first. */
  list(most = 200): Promise<readonly ListedJob[]> {
    return listJobs(this.session, most);
  }

  /** Jobs that this server works at. */
  get running(): number {
    return this.working.size;
  }

  private removed(isGone: boolean): boolean {
    // Contents that cannot be removed now are removed within the hour.
    if (isGone) void this.contents.discardOld().catch(() => undefined);
    return isGone;
  }

  private turn(): void {
    const state = this.watch?.seen?.state;
    const tidied = performance.now() - this.tidiedAt;
    const isDue = tidied > (state === '' ? tidyAtLeastEveryMs : tidyEveryMs);
    if (isDue || state === undefined || state === jobWaits) this.look();
  }

  private look(): void {
    // A database that is away has nothing to say: the next look will do.
    this.looking ??= this.lookOnce()
      .catch(() => undefined)
      .finally(() => (this.looking = undefined));
  }

  private async lookOnce(): Promise<void> {
    if (performance.now() - this.tidiedAt > tidyEveryMs) {
      await tidyJobs(this.session, broken, this.options.keptHours);
      this.tidiedAt = performance.now();
    }
    while (this.working.size < this.options.atOnce && !this.stop.signal.aborted) {
      const job = await takeJob(this.session, [...this.workers.keys()]);
      if (!job) return;
      const work = this.carryOut(job)
        .catch((error: unknown) => this.logger.error(`Job ${job.id} failed: ${describeError(error)}`))
        .finally(() => {
          this.working.delete(work);
          this.look();
        });
      this.working.add(work);
    }
  }

  private async carryOut(job: TakenJob): Promise<void> {
    const cancel = new AbortController();
    const signal = AbortSignal.any([cancel.signal, this.stop.signal]);
    const over = new AbortController();
    let said = '';
    const holding = this.hold(job, () => said, { cancel, over: over.signal });
    try {
      const progress = (text: string): void => void (said = ascii(text));
      const result = await this.workers.get(job.kind)!({ job, request: job.request, signal, progress });
      // A job that was told to end has no answer.
      if (signal.aborted) return;
      await finishJob(this.session, job, result);
      this.ended[result.status < 400 ? 'done' : 'failed']++;
    } catch (error) {
      if (signal.aborted || error instanceof JobLost) return;
      if (error instanceof TemporarilyUnavailable) {
        this.logger.warn(`Job ${job.id} is put off for ${leaseSeconds} s: ${describeError(error)}`);
        return await postponeJob(this.session, job, putOff(error));
      }
      this.ended.failed++;
      await failJob(this.session, job, broken);
      throw error;
    } finally {
      over.abort();
      await holding;
      if (this.stop.signal.aborted) await releaseJob(this.session, job);
    }
  }

  /** Says that the work goes on; a server that cannot say so for a whole lease has lost it. */
  private async hold(
    job: TakenJob,
    said: () => string,
    { cancel, over }: { readonly cancel: AbortController; readonly over: AbortSignal },
  ): Promise<void> {
    let heldAt = performance.now();
    while (!over.aborted) {
      await sleep(lookEveryMs, undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) return;
      const held = await holdJob(this.session, job, said()).catch(() => undefined);
      if (held) heldAt = performance.now();
      if (held === false || performance.now() - heldAt > leaseSeconds * 900) return cancel.abort();
    }
  }
}

/** State of the subject `jobs` where one waits for a server. */
const jobWaits = '2';

const broken = JSON.stringify(
  operationOutcome([{ code: 'exception', diagnostics: 'The work failed; the log of the server has the reason.' }]),
);
