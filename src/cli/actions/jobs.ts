import { withApp } from '../../app/start/offline.js';
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

export async function listJobs({ json }: ListedJobs): Promise<void> {
  await withApp(await openSetup(), remark, async (app) => {
    const jobs = await app.get(Jobs).list();
    if (json) return printJson({ jobs });
    if (jobs.length === 0) return print('There is no job.');
    printTable(['id', 'what', 'for', 'state', 'began', 'progress'], jobs.map(cellsOf));
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
