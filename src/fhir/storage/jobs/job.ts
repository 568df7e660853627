import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';

/** Work that a server has taken; `fence` tells it from the server that had it before. */
export interface TakenJob {
  readonly id: string;
  readonly kind: string;
  readonly request: string;
  readonly fence: number;
}

export interface NewJob {
  readonly id: string;
  readonly kind: string;
  /** Hash of the caller who alone may ask for it. */
  readonly caller: string;
  readonly request: string;
}

/** A job as its caller is told of it. */
export interface AskedJob {
  readonly state: 'waiting' | 'running' | 'done';
  readonly request: string;
  readonly progress: string | null;
  readonly status: number | null;
  readonly answer: string | null;
  /** True if the last question was a moment ago. */
  readonly isHasty: boolean;
}

/** A server that has not said for so long that it goes on has lost its job to the next one. */
export const leaseSeconds = 10;
const lease = `now() + interval '${leaseSeconds} s'`;

/** Times that a job is begun: one that brings servers down is not tried for ever. */
const mostAttempts = 3;
const kept = `interval '1 day'`;
/** Seconds between two questions. */
export const pollSeconds = 1;

const isOpen = `state <> 'done'`;

/** False if the caller has `most` open jobs already. */
export async function addJob(
  session: SqlSession,
  { id, kind, caller, request }: NewJob,
  most: number,
): Promise<boolean> {
  const added = await session.count({
    text: `
      INSERT INTO job (tenant, id, kind, caller, request) SELECT ${tenant}, $1::text, $2::text, $3::text, $4::text
      WHERE (SELECT count(*) FROM job WHERE tenant = ${tenant} AND caller = $3::text AND ${isOpen}) < $5::integer`,
    values: [id, kind, caller, request, most],
  });
  return added > 0;
}

/** The oldest job of these kinds that waits, or whose server is gone. */
export async function takeJob(session: SqlSession, kinds: readonly string[]): Promise<TakenJob | undefined> {
  const [job] = await session.rows<TakenJob & Record<string, unknown>>({
    text: `
      UPDATE job SET state = 'running', lease = ${lease}, fence = fence + 1, attempts = attempts + 1
      WHERE tenant = ${tenant} AND id = (
        SELECT id FROM job WHERE tenant = ${tenant} AND ${isOpen} AND kind = ANY ($1::text[])
          AND (lease IS NULL OR lease < now()) AND attempts < ${mostAttempts}
        ORDER BY created LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, kind, request, fence`,
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

/** The job of this caller, and notes the question. */
export async function askJob(session: SqlSession, id: string, caller: string): Promise<AskedJob | undefined> {
  const [job] = await session.rows<AskedJob & Record<string, unknown>>({
    text: `
      WITH job_before AS (
        SELECT coalesce(polled > now() - interval '${pollSeconds} s', false) AS hasty, polled
        FROM job WHERE tenant = ${tenant} AND id = $1::text AND caller = $2::text FOR UPDATE),
      before AS (SELECT hasty, CASE WHEN hasty THEN polled ELSE now() END AS asked FROM job_before)
      UPDATE job SET polled = before.asked FROM before
      WHERE tenant = ${tenant} AND id = $1::text
      RETURNING state, request, progress, status, answer, before.hasty AS "isHasty"`,
    values: [id, caller],
  });
  return job;
}

/** Cancels and forgets the job of this caller; false if there is none. */
export async function removeJob(session: SqlSession, id: string, caller: string): Promise<boolean> {
  const removed = await session.count({
    text: `DELETE FROM job WHERE tenant = ${tenant} AND id = $1::text AND caller = $2::text`,
    values: [id, caller],
  });
  return removed > 0;
}

/** Ends what brought its servers down, with `answer`; forgets what ended long ago. */
export async function tidyJobs(session: SqlSession, answer: string): Promise<void> {
  await session.count({
    text: `
      UPDATE job SET state = 'done', lease = NULL, finished = now(), status = 500, answer = $1::text
      WHERE tenant = ${tenant} AND ${isOpen} AND lease < now() AND attempts >= ${mostAttempts}`,
    values: [answer],
  });
  await session.count({
    text: `DELETE FROM job WHERE tenant = ${tenant} AND state = 'done' AND finished < now() - ${kept}`,
    values: [],
  });
}
