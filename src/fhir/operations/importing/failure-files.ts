import type { FailureRange, ImportProgress } from '../../storage/jobs/import-progress.js';
import type { JobFile } from '../../storage/jobs/job-files.js';
import type { TakenJob } from '../../storage/jobs/job.js';

/** Files of OperationOutcomes of a job, in their order. */
export const failureFiles = async (progress: ImportProgress, job: Pick<TakenJob, 'id'>): Promise<readonly JobFile[]> =>
  (await progress.filesOf(job)).filter(({ kind }) => kind === 'error');

/** Writes a file of OperationOutcomes for each range, none of which may be empty; those that are there stay. */
export async function keepFailures(
  progress: ImportProgress,
  job: TakenJob,
  ranges: readonly FailureRange[],
): Promise<void> {
  const { length } = await failureFiles(progress, job);
  for (const range of ranges.slice(length)) await keepFile(progress, job, range);
}

async function keepFile(progress: ImportProgress, job: TakenJob, range: FailureRange): Promise<void> {
  const { contents } = progress;
  const content = await contents.keep(progress.failuresOf(job, range));
  try {
    await progress.addFile(job, {
      kind: 'error',
      type: 'OperationOutcome',
      fingerprint: '',
      chunks: [],
      bytes: 0,
      resources: range.count,
      ...content,
    });
  } catch (error) {
    await contents.discard(content);
    throw error;
  }
}
