import { setTimeout as delay } from 'node:timers/promises';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, tableOf } from '../partitions.js';
import { type Position, type Reindexing, reindexBatch } from './reindex-batch.js';
import { settleForms } from './forms/form-rows.js';
import { waitForOlderWrites } from './fence.js';
import { finishJob, type IndexJob, leaseSeconds, type Progress, recordProgress } from './index-job.js';
import type { SearchDefinitions } from './search-definitions.js';
import { verifyType } from './verify-sample.js';

export interface JobRun extends Reindexing {
  readonly definitions: SearchDefinitions;
  /** The worker that has claimed the job. */
  readonly owner: string;
  /** Milliseconds after which every server knows of a change, or has withdrawn what it knew. */
  readonly settlingMs: number;
  /** Ends the run between two batches; the job goes on from there later. */
  readonly signal: AbortSignal;
}

/**
 * Carries out a claimed job from where it is. Throws `LeaseLost` when it took too long to say that it goes on, or when the
 * signal says so.
 */
export async function runIndexJob(run: JobRun, job: IndexJob): Promise<void> {
  await run.definitions.refresh();
  if (job.kind !== 'verify') await keepingLease(run, job, () => reindex(run, job));
  const { sampled, differing } = await verify(run, job);
  const isWrong = (job.kind === 'parameters' || job.kind === 'form') && differing > 0;
  const reason = `${differing} of ${sampled} stored versions that were looked at have another index than their content`;
  await finishJob(run.session, job.id, run.owner, {
    ...(isWrong && { reason }),
    ...(job.kind === 'form' && { settle: (tx) => settleForms(tx, run.columns.form.id, job) }),
  });
}

async function reindex(run: JobRun, job: IndexJob): Promise<void> {
  if (job.rowsTotal === null) await begin(run, job);
  for (let typeAt = job.typeAt; typeAt < job.types.length; typeAt++) {
    const resumed = typeAt === job.typeAt ? job : { inHistory: false, atId: '', atVersion: 0 };
    const start = { id: resumed.atId, version: resumed.atVersion };
    if (!resumed.inHistory) await scan(run, job, { typeAt, inHistory: false }, start);
    await scan(run, job, { typeAt, inHistory: true }, resumed.inHistory ? start : { id: '', version: 0 });
  }
}

/** A batch that looks through many rows, or waits for others, may take longer than the lease. */
async function keepingLease(run: JobRun, job: IndexJob, work: () => Promise<void>): Promise<void> {
  const renewal = setInterval(() => void record(run, job, {}).catch(() => undefined), (leaseSeconds * 1_000) / 3);
  try {
    await work();
  } finally {
    clearInterval(renewal);
  }
}

const rowsOf = (table: string): string =>
  `(SELECT count(*) FROM unnest($1::text[], $2::text[]) AS one (type, mark) JOIN ${table} AS r
    ON r.tenant = ${tenant} AND r.type = one.type AND (one.mark = '' OR r.val[1] IS DISTINCT FROM one.mark))`;

/** Waits until every row that is written from now on is indexed by the new parameters, and counts what is to be done. */
async function begin(run: JobRun, job: IndexJob): Promise<void> {
  if (job.settles) await delay(run.settlingMs, undefined, { signal: run.signal });
  await waitForOlderWrites(run.session, job.generation);
  const marks = job.types.map((type) => (job.kind === 'form' ? run.columns.form.markOf(type) : ''));
  const [counted] = await run.session.rows<{ total: number }>({
    text: `SELECT (${rowsOf('resource')} + ${rowsOf('resource_history')})::float8 AS total`,
    values: [[...job.types], marks],
  });
  await record(run, job, { rowsTotal: counted!.total });
}

const record = (run: JobRun, job: IndexJob, progress: Progress): Promise<void> =>
  recordProgress(run.session, job.id, run.owner, progress);

async function scan(
  run: JobRun,
  job: IndexJob,
  place: { readonly typeAt: number; readonly inHistory: boolean },
  start: Position,
): Promise<void> {
  const type = job.types[place.typeAt]!;
  const table = place.inHistory ? historyTableOf(type) : tableOf(type);
  let position: Position | undefined = start;
  while (position) {
    run.signal.throwIfAborted();
    const began = performance.now();
    position = await reindexBatch(run, {
      table,
      type,
      onlyOthers: job.kind === 'form',
      position,
      record: (tx, end, rows) =>
        recordProgress(tx, job.id, run.owner, { ...place, atId: end.id, atVersion: end.version, rows }),
    });
    // Half of the time is for others.
    if (position) await delay(performance.now() - began, undefined, { signal: run.signal });
  }
}

async function verify(run: JobRun, job: IndexJob): Promise<{ sampled: number; differing: number }> {
  let sampled = 0;
  let differing = 0;
  for (const type of job.types) {
    run.signal.throwIfAborted();
    const found = await verifyType(run, type, job.kind === 'parameters' || job.kind === 'form');
    sampled += found.sampled;
    differing += found.differing;
  }
  await record(run, job, { sampled, differing });
  return { sampled, differing };
}
