import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { describeError } from '../../../observability/describe-error.js';
import { IndexColumns } from '../index-columns.js';
import { SqlSession } from '../sql-session.js';
import { claimJob, finishJob, type IndexJob, LeaseLost, releaseJob, retryJob } from './index-job.js';
import { runIndexJob } from './run-index-job.js';
import { SearchDefinitions } from './search-definitions.js';

const lookEveryMs = 1_500;

/** Looks for news of custom search parameters, and works at the jobs that no other server works at. */
@Injectable()
export class IndexWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(IndexWorker.name);
  /** Jobs that are not done, of all servers, as of the last look. */
  openJobs = 0;
  private readonly owner = randomUUID();
  private readonly stop = new AbortController();
  private readonly session: SqlSession;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private working: Promise<void> | undefined;

  constructor(
    session: SqlSession,
    private readonly definitions: SearchDefinitions,
    private readonly columns: IndexColumns,
  ) {
    this.session = session.unlimited;
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
    this.look();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stop.abort();
    await this.looking;
    await this.working;
  }

  /** At once instead of at the next turn: somebody has just added a job. */
  look(): void {
    this.definitions.withdraw();
    // A database that is away has nothing to say: the next look will do.
    this.looking ??= this.lookOnce()
      .catch(() => undefined)
      .finally(() => (this.looking = undefined));
  }

  private async lookOnce(): Promise<void> {
    const open = await this.definitions.poll();
    this.openJobs = open.length;
    if (this.working || this.stop.signal.aborted || open.length === 0 || open.some(({ isTaken }) => isTaken)) return;
    const job = await claimJob(this.session, this.owner);
    if (!job) return;
    this.working = this.work(job)
      .catch((error: unknown) => this.logger.error(`Indexing job ${job.id} failed: ${describeError(error)}`))
      .finally(() => {
        this.working = undefined;
        if (!this.stop.signal.aborted) this.look();
      });
  }

  private async work(job: IndexJob): Promise<void> {
    const { session, columns, definitions, owner } = this;
    this.logger.log(`Indexing job ${job.id} begins or goes on: ${job.types.length} types.`);
    try {
      const run = { session, columns, definitions, owner, signal: this.stop.signal };
      await runIndexJob(run, job);
      this.logger.log(`Indexing job ${job.id} is done.`);
    } catch (error) {
      if (this.stop.signal.aborted) return await releaseJob(session, job.id, owner);
      if (error instanceof LeaseLost) return;
      if (await retryJob(session, job.id, owner)) throw error;
      await finishJob(session, job.id, owner, 'what is stored could not be indexed; the log of the server says why');
      throw error;
    }
  }
}
