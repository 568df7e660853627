import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { describeError } from '../../../observability/describe-error.js';
import { Polled } from '../../../database/polled.js';
import { IndexColumns } from './index-columns.js';
import { SqlSession } from '../session/sql-session.js';
import { addFormJob } from './forms/add-form-job.js';
import { claimJob, finishJob, type IndexJob, LeaseLost, type OpenJob, releaseJob, retryJob } from './index-job.js';
import { runIndexJob } from './run-index-job.js';
import { definitionsPace, SearchDefinitions } from './search-definitions.js';

/** Looks for news of custom search parameters, and works at the jobs that no other server works at. */
@Injectable()
export class IndexWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(IndexWorker.name);
  /** Jobs that are not done, of all servers, as of the last look. */
  openJobs = 0;
  /** Jobs of kind `form` that have been done since the start, by any server. */
  passes = 0;
  /** Other servers search by what they know of for so long; milliseconds. */
  protected readonly settlingMs: number = definitionsPace.trustedFor + definitionsPace.every;
  private formJob: number | undefined;
  private readonly owner = randomUUID();
  private readonly stop = new AbortController();
  private readonly session: SqlSession;
  private readonly polled: Polled;
  private working: Promise<void> | undefined;

  constructor(
    session: SqlSession,
    private readonly definitions: SearchDefinitions,
    private readonly columns: IndexColumns,
  ) {
    this.session = session.unlimited;
    this.polled = new Polled(() => this.lookOnce(), {
      // A database that is away has nothing to say: the next look will do.
      failed: () => undefined,
      distrusted: () => this.definitions.withdraw(),
      pace: definitionsPace,
      changes: {
        poll: session.changes,
        subjects: ['definitions', 'forms', 'indexing'],
        isUnsettled: () => this.openJobs > 0 || this.definitions.isUnsettled,
      },
    });
  }

  onApplicationBootstrap(): void {
    this.polled.watch();
    this.look();
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.polled.stop();
    await this.working;
  }

  /** At once instead of at the next turn: somebody has just added a job. */
  look(): void {
    void this.polled.lookNow().catch(() => undefined);
  }

  private async lookOnce(): Promise<void> {
    const open = await this.definitions.poll();
    this.count(open);
    // Only the servers that want another form know how to index rows in it.
    if (this.working || this.stop.signal.aborted || !this.definitions.forms.isWanted) return;
    const isNew = await this.addFormJob(open);
    if ((open.length === 0 && !isNew) || open.some(({ isTaken }) => isTaken)) return;
    const job = await claimJob(this.session, this.owner);
    if (!job) return;
    this.working = this.work(job)
      .catch((error: unknown) => this.logger.error(`Indexing job ${job.id} failed: ${describeError(error)}`))
      .finally(() => {
        this.working = undefined;
        if (!this.stop.signal.aborted) this.look();
      });
  }

  private count(open: readonly OpenJob[]): void {
    this.openJobs = open.length;
    const formJob = open.find(({ kind }) => kind === 'form')?.id;
    if (this.formJob !== undefined && formJob !== this.formJob) this.passes++;
    this.formJob = formJob;
  }

  private async addFormJob(open: readonly OpenJob[]): Promise<boolean> {
    const { typesOfOthers } = this.definitions.forms;
    if (typesOfOthers.length === 0 || open.some(({ kind }) => kind === 'form')) return false;
    return addFormJob(this.session, typesOfOthers);
  }

  private async work(job: IndexJob): Promise<void> {
    const { session, columns, definitions, owner, settlingMs } = this;
    this.logger.log(`Indexing job ${job.id} begins or goes on: ${job.types.length} types.`);
    try {
      const run = { session, columns, definitions, owner, settlingMs, signal: this.stop.signal };
      await runIndexJob(run, job);
      this.logger.log(`Indexing job ${job.id} is done.`);
    } catch (error) {
      if (this.stop.signal.aborted) return await releaseJob(session, job.id, owner);
      if (error instanceof LeaseLost) return;
      if (await retryJob(session, job.id, owner)) throw error;
      const reason = 'what is stored could not be indexed; the log of the server says why';
      await finishJob(session, job.id, owner, { reason });
      throw error;
    }
  }
}
