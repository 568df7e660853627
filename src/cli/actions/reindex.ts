import { setTimeout as sleep } from 'node:timers/promises';
import { isResourceType, resourceTypes, suggestType } from '../../r4/model/resource-types.js';
import { type IndexJob, percentOf } from '../../fhir/storage/indexing/index-job.js';
import { IndexJobs } from '../../fhir/storage/indexing/index-jobs.js';
import { withApp } from '../../app/start/offline.js';
import { audited, auditLogOf, type CommandChange } from '../audited.js';
import { CommandFailed, wrongUsage } from '../command-failed.js';
import { openSetup } from '../open-server.js';
import { print, remark } from '../terminal.js';

export interface ReindexOptions {
  readonly type?: readonly string[];
  readonly verify?: true;
}

const lookEveryMs = 500;

export async function reindex({ type: asked, verify }: ReindexOptions): Promise<void> {
  const types = asked ?? [...resourceTypes].toSorted();
  for (const type of types) {
    const suggestion = isResourceType(type) ? undefined : suggestType(type);
    if (!isResourceType(type))
      throw wrongUsage(`"${type}" is no R4 resource type.${suggestion ? ` Did you mean ${suggestion}?` : ''}`);
  }
  const setup = await openSetup();
  await withApp(setup, remark, (app) => {
    const jobs = app.get(IndexJobs);
    const log = auditLogOf({ config: setup.config, get: (part) => app.get(part) });
    return audited(log, changeOf(asked, verify), async () => {
      report(await finished(jobs, await jobs.start(types, verify ? 'verify' : 'reindex')));
    });
  });
}

const changeOf = (types: readonly string[] | undefined, verify: true | undefined): CommandChange => ({
  command: `reindex${verify ? ' --verify' : ''}`,
  on: 'search index',
  details: (types ?? []).map((type) => ['type', type] as const),
});

/** Waits for the end of the job; its progress is in the database, whichever process works at it. */
async function finished(jobs: IndexJobs, job: IndexJob): Promise<IndexJob> {
  let current: IndexJob | undefined = job;
  let shown = -1;
  while (current?.state === 'waiting' || current?.state === 'running') {
    const percent = percentOf(current);
    if (percent !== shown) remark(`Job ${job.id}: ${percent} %`);
    shown = percent;
    await sleep(lookEveryMs);
    current = await jobs.find(job.id);
  }
  if (current === undefined) throw new CommandFailed([`Job ${job.id} is gone from the database.`]);
  return current;
}

function report({ id, state, reason, rowsDone, sampled, differing }: IndexJob): void {
  if (state === 'failed')
    throw new CommandFailed([`Job ${id} failed: ${reason ?? 'the log of the server has the reason'}.`]);
  print(`Indexed ${rowsDone} versions anew; of ${sampled ?? 0} looked at again, ${differing ?? 0} differ.`);
  if ((differing ?? 0) > 0)
    throw new CommandFailed([
      'The index differs from the data. Run it again while nothing else writes, and report it if it stays.',
    ]);
}
