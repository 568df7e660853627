import { withApp } from '../../app/start/offline.js';
import type { ListedIndexJob } from '../../fhir/storage/indexing/index-job.js';
import { IndexJobs } from '../../fhir/storage/indexing/index-jobs.js';
import type { ListedJob } from '../../fhir/storage/jobs/job.js';
import { progressOf } from '../../fhir/storage/jobs/job-progress.js';
import { Jobs } from '../../fhir/storage/jobs/jobs.js';
import { audited, auditLogOf } from '../audited.js';
import { CommandFailed } from '../command-failed.js';
import { openSetup } from '../open-server.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface ListedJobs {
  readonly json?: true;
}

/** Jobs of callers, and those that index what is stored: docs/adr/0136. */
export async function listJobs({ json }: ListedJobs): Promise<void> {
  await withApp(await openSetup(), remark, async (app) => {
    const [jobs, indexing] = await Promise.all([app.get(Jobs).list(), app.get(IndexJobs).list()]);
    if (json) return printJson({ jobs, indexing });
    if (jobs.length === 0) print('There is no job.');
    else printTable(['id', 'what', 'for', 'state', 'began', 'progress'], jobs.map(cellsOf));
    if (indexing.length > 0)
      printTable(['index job', 'what', 'types', 'state', 'began', 'progress'], indexing.map(cellsOfIndexing));
  });
}

const cellsOf = (job: ListedJob) => {
  const { id, operation, requester, state, status, created, progress } = job;
  return [
    id,
    operation ?? '',
    requester ?? '',
    status === null ? state : `${state} (${status})`,
    created.toISOString(),
    state === 'done' ? (progress ?? '') : progressOf(job),
  ];
};

/** Types that are named; a job of all types has many. */
const mostTypes = 3;

function cellsOfIndexing({ id, kind, types, state, created, percent, reason }: ListedIndexJob): readonly string[] {
  const named = types.length > mostTypes ? `${types.length} types` : types.join(', ');
  return [String(id), kind, named, state, created.toISOString(), reason ?? `${percent} %`];
}

export async function cancelJob(id: string): Promise<void> {
  const setup = await openSetup();
  await withApp(setup, remark, (app) => {
    const log = auditLogOf({ config: setup.config, get: (part) => app.get(part) });
    return audited(log, { command: 'jobs cancel', on: 'job', details: [['job', id]] }, async () => {
      if (!(await app.get(Jobs).removeAny(id)))
        throw new CommandFailed([`There is no job "${id}". "lanyard jobs list" lists them.`]);
      print('It is cancelled, and its files are removed.');
    });
  });
}
