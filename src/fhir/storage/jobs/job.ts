import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';
import type { JobDelay } from './job-progress.js';

/** Work that a server has taken; `fence` tells it from the server that had it before. */
export interface TakenJob {
  readonly id: string;
  readonly kind: string;
  readonly request: string;
  readonly fence: number;
  /** JSON of its answer, where its work was committed by a server that did not come to its end (ADR 106). */
  readonly kept?: string | null;
}

export interface NewJob {
  readonly id: string;
  readonly kind: string;
  /** Hash of the caller who alone may ask for it. */
  readonly caller: string;
  readonly request: string;
  /** Kind of the job, such as `$export`. */
  readonly operation?: string;
  /** For whom, in words for administrators. */
  readonly requester?: string;
}

/** Open jobs that one caller and the whole tenant may have. */
export interface JobLimits {
  readonly perCaller: number;
  readonly perServer: number;
}

/** A job as its caller is told of it. */
export interface AskedJob extends JobDelay {
  readonly state: 'waiting' | 'running' | 'done';
  readonly request: string;
  readonly progress: string | null;
  readonly status: number | null;
  readonly answer: string | null;
  /** Instant at which it ended; null while it goes on. */
  readonly finished: Date | null;
  /** True if the last question was a moment ago. */
  readonly isHasty: boolean;
}

/** Another server has the job by now, or it was cancelled: nothing is stored. */
export class JobLost extends Error {
  override readonly name = 'JobLost';
}

/** A server that has not said for so long that it goes on has lost its job to the next one. */
export const leaseSeconds = 10;
const lease = `now() + interval '${leaseSeconds} s'`;

/** Times that a job is begun: one that brings servers down is not tried for ever. */
const mostAttempts = 3;
/** Seconds between two questions. */
export const pollSeconds = 1;

const isOpen = `state <> 'done'`;
/** A server that is free takes it. */
const isFree = (job: string) =>
  `${job}.state <> 'done' AND (${job}.lease IS NULL OR ${job}.lease < now()) AND ${job}.attempts < ${mostAttempts}`;
/** Columns of {@link JobDelay}. A job that was never begun is held back, not put off. */
const delay = `
  CASE WHEN ${isFree('job')} THEN (SELECT count(*)::integer FROM job AS other
    WHERE other.tenant = ${tenant} AND ${isFree('other')} AND other.created < job.created) END AS before,
  CASE WHEN job.state = 'waiting' AND job.attempts > 0 AND job.lease > now()
    THEN ceil(extract(epoch FROM job.lease - now()))::integer END AS "retryIn"`;

/** False if there are as many open jobs of the caller, or of all, as may be, or a job of this id is there. */
export async function addJob(
  session: SqlSession,
  { id, kind, caller, request, operation = '', requester = '' }: NewJob,
  { perCaller, perServer }: JobLimits,
): Promise<boolean> {
  const open = `SELECT count(*) FROM job WHERE tenant = ${tenant} AND ${isOpen}`;
  const added = await session.count({
    text: `
      INSERT INTO job (tenant, id, kind, caller, request, operation, requester)
      SELECT ${tenant}, $1::text, $2::text, $3::text, $4::text, nullif($5::text, ''), nullif($6::text, '')
      WHERE (${open} AND caller = $3::text) < $7::integer AND (${open}) < $8::integer
      ON CONFLICT DO NOTHING`,
    values: [id, kind, caller, request, operation, requester, perCaller, perServer],
  });
  return added > 0;
}

/** The oldest job of these kinds that waits, or whose server is gone. */
export async function takeJob(session: SqlSession, kinds: readonly string[]): Promise<TakenJob | undefined> {
  const [job] = await session.rows<TakenJob & Record<string, unknown>>({
    text: `
      UPDATE job SET state = 'running', lease = ${lease}, fence = fence + 1, attempts = attempts + 1, progress = NULL
      WHERE tenant = ${tenant} AND id = (
        SELECT id FROM job WHERE tenant = ${tenant} AND ${isFree('job')} AND kind = ANY ($1::text[])
        ORDER BY created LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, kind, request, fence, answer AS kept`,
    values: [kinds],
  });
  return job;
}

/** Renews the lease; false if another server has the job by now, or it was cancelled. */
export async function holdJob(session: SqlSession, { id, fence }: TakenJob, progress: string): Promise<boolean> {
  const held = await session.count({
    text: `
      UPDATE job SET lease = ${lease}, progress = nullif($3::text, '')
      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
    values: [id, fence, progress],
  });
  return held > 0;
}

/** Gives the job back unharmed: this server stops. */
export async function releaseJob(session: SqlSession, { id, fence }: TakenJob): Promise<void> {
  await session.count({
    text: `
      UPDATE job SET state = 'waiting', lease = NULL, attempts = attempts - 1
      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
    values: [id, fence],
  });
}

/** Gives the job back for a while: what it needs is away. It counts as an attempt. `reason` is told as its progress. */
export async function postponeJob(session: SqlSession, { id, fence }: TakenJob, reason: string): Promise<void> {
  await session.count({
    text: `
      UPDATE job SET state = 'waiting', lease = ${lease}, progress = $3::text
      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
    values: [id, fence, reason],
  });
}

/**
 * Keeps its answer in the transaction that does its work: a server that takes the job over answers that, and one that has lost the job
 * commits nothing. Throws {@link JobLost}.
 */
export async function keepAnswer(session: SqlSession, { id, fence }: TakenJob, answer: string): Promise<void> {
  const kept = await session.count({
    // The count of attempts begins again: the work is committed, so another attempt only ends the job.
    text: `
      UPDATE job SET attempts = 1, answer = $3::text
      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
    values: [id, fence, answer],
  });
  if (kept === 0) throw new JobLost();
}

/** Stores what it ended with; false if another server has it by now, or it was cancelled. */
export async function finishJob(
  session: SqlSession,
  { id, fence }: TakenJob,
  { status, answer }: { readonly status: number; readonly answer: string },
): Promise<boolean> {
  const ended = await session.count({
    text: `
      UPDATE job SET state = 'done', lease = NULL, finished = now(), status = $3::integer, answer = $4::text
      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
    values: [id, fence, status, answer],
  });
  return ended > 0;
}

/** Ends a job whose server failed; one whose answer is kept goes on with the next server. */
export async function failJob(session: SqlSession, { id, fence }: TakenJob, answer: string): Promise<void> {
  await session.count({
    text: `
      UPDATE job SET state = 'done', lease = NULL, finished = now(), status = 500, answer = $3::text
      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running' AND answer IS NULL`,
    values: [id, fence, answer],
  });
}

/** The job of this caller, and notes the question. */
export async function askJob(session: SqlSession, id: string, caller: string): Promise<AskedJob | undefined> {
  const [job] = await session.rows<AskedJob & Record<string, unknown>>({
    text: `
      WITH job_before AS (
        SELECT coalesce(polled > now() - interval '${pollSeconds} s', false) AS hasty, polled, ${delay}
        FROM job WHERE tenant = ${tenant} AND id = $1::text AND caller = $2::text FOR UPDATE),
      before AS (SELECT hasty, before, "retryIn", CASE WHEN hasty THEN polled ELSE now() END AS asked FROM job_before)
      UPDATE job SET polled = before.asked FROM before
      WHERE tenant = ${tenant} AND id = $1::text
      RETURNING state, request, progress, status, answer, finished, before.hasty AS "isHasty", before.before, before."retryIn"`,
    values: [id, caller],
  });
  return job;
}

/** Cancels and forgets the job of this caller; false if there is none. */
export const removeJob = (session: SqlSession, id: string, caller: string): Promise<boolean> =>
  remove(session, 'id = $1::text AND caller = $2::text', [id, caller]);

/** Cancels and forgets a job, whosever it is; false if there is none. */
export const removeAnyJob = (session: SqlSession, id: string): Promise<boolean> =>
  remove(session, 'id = $1::text', [id]);

const ofGone = (table: string): string =>
  `DELETE FROM ${table} AS part USING gone WHERE part.tenant = ${tenant} AND part.job = gone.id`;

/** Files become uploads that were given up a day ago: what removes those removes their bytes, wherever they lie. */
async function remove(session: SqlSession, condition: string, values: readonly (string | number)[]): Promise<boolean> {
  const rows = await session.rows({
    text: `
      WITH gone AS (DELETE FROM job WHERE tenant = ${tenant} AND ${condition} RETURNING id),
        chunks AS (${ofGone('job_chunk')}),
        failures AS (${ofGone('job_failure')}),
        files AS (${ofGone('job_file')} RETURNING part.content_id),
        given_up AS (INSERT INTO binary_upload (tenant, content_id, began)
          SELECT ${tenant}, content_id, now() - interval '2 days' FROM files)
      SELECT id FROM gone`,
    values,
  });
  return rows.length > 0;
}

/** Ends what brought its servers down, with `answer`; forgets what ended more than `hours` ago. */
export async function tidyJobs(session: SqlSession, answer: string, hours: number): Promise<void> {
  await session.count({
    text: `
      UPDATE job SET state = 'done', lease = NULL, finished = now(), status = 500, answer = $1::text
      WHERE tenant = ${tenant} AND ${isOpen} AND lease < now() AND attempts >= ${mostAttempts}`,
    values: [answer],
  });
  await remove(session, `state = 'done' AND finished < now() - $1::integer * interval '1 hour'`, [hours]);
  // A file may be written down in the very moment in which its job is removed.
  const isOrphan = `part.tenant = ${tenant} AND NOT EXISTS (SELECT FROM job WHERE job.tenant = ${tenant} AND job.id = part.job)`;
  await session.count({
    text: `
      WITH files AS (DELETE FROM job_file AS part WHERE ${isOrphan} RETURNING part.content_id)
      INSERT INTO binary_upload (tenant, content_id, began) SELECT ${tenant}, content_id, now() - interval '2 days' FROM files`,
    values: [],
  });
  for (const table of ['job_chunk', 'job_failure'])
    await session.count({ text: `DELETE FROM ${table} AS part WHERE ${isOrphan}`, values: [] });
}

/** A job as administrators see it: nothing of what is asked or answered. */
export interface ListedJob extends JobDelay {
  readonly id: string;
  readonly kind: string;
  readonly operation: string | null;
  readonly requester: string | null;
  readonly state: AskedJob['state'];
  readonly status: number | null;
  readonly progress: string | null;
  readonly created: Date;
  readonly finished: Date | null;
  readonly resources: number;
  readonly bytes: number;
  readonly totalResources: number | null;
  readonly totalBytes: number | null;
}

/** The newest jobs first. */
export const listJobs = (session: SqlSession, most: number): Promise<readonly ListedJob[]> =>
  session.rows<ListedJob & Record<string, unknown>>({
    text: `
      SELECT id, kind, operation, requester, state, status, progress, created, finished, resources::float8 AS resources,
        bytes::float8 AS bytes, total_resources::float8 AS "totalResources", total_bytes::float8 AS "totalBytes",
        ${delay}
      FROM job WHERE tenant = ${tenant} ORDER BY created DESC, id LIMIT $1::integer`,
    values: [most],
  });
