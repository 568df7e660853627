import { Inject, Injectable } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions, type JobOptions } from '../../fhir-options.js';
import { StorageUsage } from '../limits/storage-usage.js';
import { SqlSession } from '../session/sql-session.js';
import { tenant } from '../session/tenant-parameter.js';
import { usualJobs } from './job-options.js';
import { addJob, JobLost, type NewJob, type TakenJob } from './job.js';

/** A job that is made of several calls. */
export interface HeldJob {
  readonly state: 'waiting' | 'running' | 'done';
  /** JSON of what the calls said. */
  readonly submission: string;
}

/** Such a job after a call. `held`: no server takes it before `JobOptions.keptHours` are over. */
export type KeptJob = { readonly submission: string } & (
  | { readonly state: 'held' | 'ready'; readonly progress: string }
  | { readonly state: 'done'; readonly answer: { readonly status: number; readonly answer: string } }
);

/** Jobs that are held back until the last of their calls: no server takes a job while a lease of it lasts. */
@Injectable()
export class HeldJobs {
  private readonly session: SqlSession;
  private readonly options: JobOptions;

  constructor(
    session: SqlSession,
    private readonly usage: StorageUsage,
    @Inject(FHIR_OPTIONS) { jobs = usualJobs }: Pick<FhirOptions, 'jobs'>,
  ) {
    this.session = session.unlimited;
    this.options = jobs;
  }

  /**
   * Changes the job of this caller, or adds it; calls for one job wait for each other. What `change` throws changes nothing. False if the
   * caller has too many jobs, or there are too many of all.
   */
  async change(job: NewJob, change: (held: HeldJob | undefined) => KeptJob): Promise<boolean> {
    if (!(await this.isThere(job.id, job.caller))) {
      // Errors of the request come before a limit of jobs.
      change(undefined);
      await this.usage.requireJob();
    }
    return this.session.transaction(async (tx) => {
      // Where another call adds it, this one waits for that.
      const isAdded = await addJob(tx, job, this.options);
      const held = await lockedJob(tx, job);
      if (!held) return false;
      await keep(tx, job, change(isAdded ? undefined : held), this.options.keptHours);
      return true;
    });
  }

  async isThere(id: string, caller: string): Promise<boolean> {
    const rows = await this.session.rows({
      text: `SELECT FROM job WHERE tenant = ${tenant} AND id = $1::text AND caller = $2::text`,
      values: [id, caller],
    });
    return rows.length > 0;
  }

  /** Throws {@link JobLost}. */
  async submissionOf({ id, fence }: TakenJob): Promise<string> {
    const [found] = await this.session.rows<{ submission: string }>({
      text: `SELECT submission FROM job WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer`,
      values: [id, fence],
    });
    if (!found) throw new JobLost();
    return found.submission;
  }

  /** Throws {@link JobLost}. */
  async keepSubmission({ id, fence }: TakenJob, submission: string): Promise<void> {
    const kept = await this.session.count({
      text: `UPDATE job SET submission = $3::text WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
      values: [id, fence, submission],
    });
    if (kept === 0) throw new JobLost();
  }
}

async function lockedJob(session: SqlSession, { id, caller }: NewJob): Promise<HeldJob | undefined> {
  const [found] = await session.rows<HeldJob & Record<string, unknown>>({
    text: `SELECT state, coalesce(submission, '') AS submission FROM job WHERE tenant = ${tenant} AND id = $1::text AND caller = $2::text FOR UPDATE`,
    values: [id, caller],
  });
  return found;
}

const leasing = `lease = now() + $4::integer * interval '1 hour', progress = $5::text`;
const ending = `lease = NULL, state = 'done', finished = now(), status = $4::integer, answer = $5::text`;

/** The call that makes it ready is the one that it is carried out as. */
async function keep(session: SqlSession, { id, request }: NewJob, kept: KeptJob, hours: number): Promise<void> {
  const [set, values] =
    kept.state === 'done'
      ? [ending, [kept.answer.status, kept.answer.answer]]
      : [leasing, [kept.state === 'held' ? hours : 0, kept.progress]];
  await session.count({
    text: `UPDATE job SET submission = $2::text, request = $3::text, ${set} WHERE tenant = ${tenant} AND id = $1::text`,
    values: [id, kept.submission, request, ...values],
  });
}
