import type { RequestContext } from '../../scope/request-context.js';
import { Refused } from '../../refusal/refusal.js';
import { resourceTypes } from '../model/resource-types.js';
import { type IndexJob, percentOf } from '../storage/custom/index-job.js';

const number = (name: string, value: number | null): readonly object[] =>
  value === null ? [] : [{ name, valueInteger: value }];

/** How far a job is, as Parameters. */
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

/** Nobody writes AuditEvents, so no scope can say so: who may write everything else may have them indexed. */
const writable = [...resourceTypes].filter((type) => type !== 'AuditEvent');

/**
 * Indexing rows costs the whole server, and its progress tells how many rows there are: it takes the right to update every
 * row of the types. Throws {@link Refused}.
 */
export function requireEveryRow(context: RequestContext, type: string | undefined): void {
  const types = type === undefined || type === 'AuditEvent' ? writable : [type];
  const limited = types.find((one) => !context.accessTo(one, 'u').isOpen);
  if (limited === undefined) return;
  throw new Refused([
    {
      code: 'operation-not-granted',
      fact: `The token reaches some rows of ${limited} only; indexing concerns all of them.`,
      cure: 'Use a token whose scopes permit updates without a limit, such as system/*.u.',
      scopes: [`system/${types.length === 1 ? limited : '*'}.u`],
    },
  ]);
}
