import { tenant } from '../session/tenant-parameter.js';
import type { FormState } from './forms/known-forms.js';
import type { SqlSession } from '../session/sql-session.js';

/** A row of `index_job`: stored rows of these types are indexed anew. */
export interface IndexJob {
  readonly id: number;
  /** `form`: only rows of another form than the wanted one. */
  readonly kind: 'parameters' | 'reindex' | 'verify' | 'form';
  readonly types: readonly string[];
  /** By the parameters of this generation, or a later one. */
  readonly generation: number;
  /** Servers that have not heard of the change may still search by what it replaces. */
  readonly settles: boolean;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly typeAt: number;
  readonly inHistory: boolean;
  readonly atId: string;
  readonly atVersion: number;
  readonly rowsDone: number;
  /** Null until it has begun. */
  readonly rowsTotal: number | null;
  readonly sampled: number | null;
  readonly differing: number | null;
  readonly reason: string | null;
}

export type NewJob = Pick<IndexJob, 'kind' | 'types' | 'generation' | 'settles'>;

const columns = `id, kind, types, generation, settles,
  CASE WHEN state = 'open' THEN 'waiting' WHEN state = 'taken' THEN 'running' ELSE state END AS state, type_at AS "typeAt", in_history AS "inHistory",
  at_id AS "atId", at_version AS "atVersion", rows_done::float8 AS "rowsDone", rows_total::float8 AS "rowsTotal",
  sampled, differing, reason`;

/** Jobs of kind `form` are open and taken instead of waiting and running: servers that know no forms must not take one. */
const isUnfinished = `state IN ('waiting', 'running', 'open', 'taken')`;
const isRunning = `state IN ('running', 'taken')`;

/** A worker that has not said for so long that it goes on has lost its job to the next one. */
export const leaseSeconds = 10;
const lease = `now() + interval '${leaseSeconds} s'`;

/** Any number that nothing else locks. */
const claimLock = 7_261_933_011;

type Row = IndexJob & Record<string, unknown>;

export async function addJob(session: SqlSession, { kind, types, generation, settles }: NewJob): Promise<number> {
  const [job] = await session.rows<{ id: number }>({
    text: `
      INSERT INTO index_job (tenant, kind, types, generation, settles, state)
      VALUES (${tenant}, $1::text, $2::text[], $3::integer, $4::boolean,
        CASE WHEN $1::text = 'form' THEN 'open' ELSE 'waiting' END) RETURNING id`,
    values: [kind, [...types], generation, settles],
  });
  return job!.id;
}

/** Adds the work to a job that no server has begun, or else adds a job. */
export async function addToJob(session: SqlSession, job: NewJob): Promise<number> {
  const [joined] = await session.rows<{ id: number }>({
    text: `
      UPDATE index_job SET generation = $2::integer, settles = settles OR $3::boolean,
        types = ARRAY(SELECT DISTINCT one FROM unnest(types || $1::text[]) AS one ORDER BY one)
      WHERE tenant = ${tenant} AND id = (
        SELECT id FROM index_job WHERE tenant = ${tenant} AND kind = 'parameters' AND state = 'waiting'
          AND rows_total IS NULL AND attempts = 0 ORDER BY id LIMIT 1 FOR UPDATE)
      RETURNING id`,
    values: [[...job.types], job.generation, job.settles],
  });
  return joined?.id ?? addJob(session, job);
}

export async function findJob(session: SqlSession, id: number): Promise<IndexJob | undefined> {
  const [job] = await session.rows<Row>({
    text: `SELECT ${columns} FROM index_job WHERE tenant = ${tenant} AND id = $1::integer`,
    values: [id],
  });
  return job;
}

/** A job as administrators see it: how far it is, and not how many rows there are. */
export interface ListedIndexJob {
  readonly id: number;
  readonly kind: IndexJob['kind'];
  readonly types: readonly string[];
  readonly state: IndexJob['state'];
  /** Whole percent. */
  readonly percent: number;
  readonly reason: string | null;
  readonly created: Date;
  readonly finished: Date | null;
}

/** The newest jobs first. */
export async function listJobs(session: SqlSession, most: number): Promise<readonly ListedIndexJob[]> {
  const rows = await session.rows<Row & Pick<ListedIndexJob, 'created' | 'finished'>>({
    text: `SELECT ${columns}, created, finished FROM index_job WHERE tenant = ${tenant} ORDER BY id DESC LIMIT $1::integer`,
    values: [most],
  });
  return rows.map(({ id, kind, types, state, reason, created, finished, ...job }) => {
    const percent = state === 'done' ? 100 : percentOf(job);
    return { id, kind, types, state, percent, reason, created, finished };
  });
}

/** The next job that waits, or whose worker is gone; none while another is worked at. */
export function claimJob(session: SqlSession, owner: string): Promise<IndexJob | undefined> {
  return session.transaction(async (tx) => {
    await tx.rows({ text: 'SELECT pg_advisory_xact_lock($1::bigint)', values: [claimLock] });
    const [job] = await tx.rows<Row>({
      text: `
        UPDATE index_job SET state = CASE WHEN kind = 'form' THEN 'taken' ELSE 'running' END, owner = $1::text, lease = ${lease}
        WHERE tenant = ${tenant} AND id = (
          SELECT id FROM index_job WHERE tenant = ${tenant} AND ${isUnfinished} ORDER BY lease IS NULL, id LIMIT 1 FOR UPDATE)
        AND NOT EXISTS (SELECT FROM index_job WHERE tenant = ${tenant} AND ${isRunning} AND lease >= now())
        RETURNING ${columns}`,
      values: [owner],
    });
    return job;
  });
}

export type Progress = Partial<
  Pick<IndexJob, 'typeAt' | 'inHistory' | 'atId' | 'atVersion' | 'rowsTotal' | 'sampled' | 'differing'>
> & { readonly rows?: number };

/** Another worker has the job by now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

const progressColumns = {
  typeAt: 'type_at',
  inHistory: 'in_history',
  atId: 'at_id',
  atVersion: 'at_version',
  rowsTotal: 'rows_total',
  sampled: 'sampled',
  differing: 'differing',
} as const;

/** Stores how far the job is and renews the lease. Throws {@link LeaseLost}. */
export async function recordProgress(
  session: SqlSession,
  id: number,
  owner: string,
  { rows = 0, ...progress }: Progress,
): Promise<void> {
  const values: (string | number | boolean)[] = [id, owner, rows];
  const sets = Object.entries(progress).map(([name, value]) => {
    values.push(value as string | number | boolean);
    return `${progressColumns[name as keyof typeof progressColumns]} = $${values.length}`;
  });
  const text = `
    UPDATE index_job SET ${['rows_done = rows_done + $3::integer', `lease = ${lease}`, ...sets].join(', ')}
    WHERE tenant = ${tenant} AND id = $1::integer AND owner = $2::text AND ${isRunning}`;
  if ((await session.count({ text, values })) === 0) throw new LeaseLost();
}

/** Ends the job, and with it what waited for it. `reason`: why it failed. */
export async function finishJob(
  session: SqlSession,
  id: number,
  owner: string,
  { reason = '', settle }: { readonly reason?: string; readonly settle?: (tx: SqlSession) => Promise<void> },
): Promise<void> {
  await session.transaction(async (tx) => {
    const ended = await tx.count({
      text: `
        UPDATE index_job SET state = CASE WHEN $3::text = '' THEN 'done' ELSE 'failed' END, reason = nullif($3::text, ''),
          finished = now(), lease = NULL
        WHERE tenant = ${tenant} AND id = $1::integer AND owner = $2::text AND ${isRunning}`,
      values: [id, owner, reason],
    });
    if (ended === 0) throw new LeaseLost();
    await settle?.(tx);
    await tx.count({
      text: `
        UPDATE custom_parameter SET state = CASE WHEN $2::text = '' THEN 'active' ELSE 'failed' END,
          reason = nullif($2::text, '')
        WHERE tenant = ${tenant} AND job = $1::integer AND state = 'building'`,
      values: [id, reason],
    });
    await tx.count({
      text: `DELETE FROM custom_parameter WHERE tenant = ${tenant} AND job = $1::integer AND state = 'removing'`,
      values: [id],
    });
    await tx.count({
      text: `UPDATE search_definition SET revision = revision + 1 WHERE tenant = ${tenant}`,
      values: [],
    });
  });
}

const mostAttempts = 3;

/** Gives the job back after a failure; true when there is to be another attempt. */
export async function retryJob(session: SqlSession, id: number, owner: string): Promise<boolean> {
  const again = await session.count({
    text: `
      UPDATE index_job SET state = CASE WHEN kind = 'form' THEN 'open' ELSE 'waiting' END, owner = NULL, lease = NULL, attempts = attempts + 1
      WHERE tenant = ${tenant} AND id = $1::integer AND owner = $2::text AND ${isRunning} AND attempts + 1 < ${mostAttempts}`,
    values: [id, owner],
  });
  return again > 0;
}

/** Gives the job back unharmed: this server stops. */
export async function releaseJob(session: SqlSession, id: number, owner: string): Promise<void> {
  await session.count({
    text: `
      UPDATE index_job SET lease = now() - interval '1 s'
      WHERE tenant = ${tenant} AND id = $1::integer AND owner = $2::text AND ${isRunning}`,
    values: [id, owner],
  });
}

/** Reads the state that every server checks every two seconds: news, and open jobs. */
export async function readIndexingState(session: SqlSession): Promise<IndexingState> {
  const [news] = await session.rows<IndexingState & Record<string, unknown>>({
    text: `
      SELECT revision, form, ARRAY(
          SELECT DISTINCT other.form || ' ' || other.type FROM other_form_rows AS other
          WHERE other.tenant = ${tenant} ORDER BY 1) AS "otherForms",
        coalesce((SELECT json_agg(json_build_object('id', id, 'rowsDone', rows_done,
          'rowsTotal', rows_total, 'kind', kind, 'isTaken', coalesce(${isRunning} AND lease >= now(), false)) ORDER BY id)
        FROM index_job WHERE tenant = ${tenant} AND ${isUnfinished}), '[]'::json) AS open
      FROM search_definition WHERE tenant = ${tenant}`,
    values: [],
  });
  return news!;
}

export interface IndexingState extends FormState {
  readonly revision: number;
  readonly open: readonly OpenJob[];
}

export interface OpenJob {
  readonly kind: IndexJob['kind'];
  readonly id: number;
  readonly rowsDone: number;
  readonly rowsTotal: number | null;
  readonly isTaken: boolean;
}

/** Whole percent; 0 until it has begun. */
export const percentOf = ({ rowsDone, rowsTotal }: Pick<OpenJob, 'rowsDone' | 'rowsTotal'>): number =>
  rowsTotal === null || rowsTotal === 0 ? 0 : Math.min(99, Math.floor((rowsDone / rowsTotal) * 100));
