import type { DeclaredParameter } from '../parameters/declared-parameter.js';
import { type IndexJob, percentOf } from '../../storage/indexing/index-job.js';

const number = (name: string, value: number | null): readonly object[] =>
  value === null ? [] : [{ name, valueInteger: value }];

/** Parameters of {@link describeJob}. */
export const jobParameters = [
  { name: 'job', type: 'positiveInt', min: 1, documentation: 'The number of the job, for $reindex-status.' },
  { name: 'state', type: 'code', min: 1, documentation: 'waiting, running, done or failed.' },
  { name: 'progress', type: 'integer', min: 1, documentation: 'Percent of the rows.' },
  { name: 'indexed', type: 'integer', documentation: 'Rows that were looked at.' },
  { name: 'total', type: 'integer', documentation: 'Rows that there were at the start.' },
  { name: 'sampled', type: 'integer', documentation: 'Rows whose index was made again to compare it.' },
  { name: 'differing', type: 'integer', documentation: 'Rows of those whose index differs.' },
  { name: 'reason', type: 'string', documentation: 'Why it failed.' },
] as const satisfies readonly DeclaredParameter[];

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
