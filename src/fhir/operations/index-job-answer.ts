import { type IndexJob, percentOf } from '../storage/indexing/index-job.js';

const number = (name: string, value: number | null): readonly object[] =>
  value === null ? [] : [{ name, valueInteger: value }];

/** Returns the progress of a job as Parameters. */
export function describeJob(job: IndexJob): object {
  const { id, state, rowsDone, rowsTotal, sampled, differing, reason } = job;
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'job', valueInteger: id },
      { name: 'state', valueCode: state },
      { name: 'progress', valueInteger: state === 'done' ? 100 : percentOf(job) },
      ...number('indexed', rowsDone),
      ...number('total', rowsTotal),
      ...number('sampled', sampled),
      ...number('differing', differing),
      ...(reason === null ? [] : [{ name: 'reason', valueString: reason }]),
    ],
  };
}
