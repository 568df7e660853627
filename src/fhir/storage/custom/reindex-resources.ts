import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { resourceTypes } from '../../model/resource-types.js';
import { ResourceIndexer } from '../../search/resource-indexer.js';
import { SearchParameters } from '../../search/search-parameters.js';
import { IndexColumns } from '../index-columns.js';
import { SortSlots } from '../sort-slots.js';
import { SqlSession } from '../sql-session.js';
import { addJob, claimJob, finishJob, findJob, type IndexJob, LeaseLost, percentOf } from './index-job.js';
import { runIndexJob } from './run-index-job.js';
import { SearchDefinitions } from './search-definitions.js';

export interface ReindexOptions {
  readonly dataSource: DataSource;
  /** FHIR base URL without trailing slash. */
  readonly base: string;
  /** Setting REFERENTIAL_INTEGRITY. */
  readonly referentialIntegrity: boolean;
  /** All when absent. */
  readonly types?: readonly string[];
  /** Only compares a sample of the stored index with the content, and changes nothing. */
  readonly verify?: boolean;
  readonly onProgress?: (percent: number) => void;
}

const lookEveryMs = 500;

/**
 * Indexes stored rows anew, or verifies their index, beside servers that run or without any; returns when it is done. A
 * server may carry the job out. For `lanyard reindex`; search parameters that an application adds in code are not known here,
 * so it has to use its own server's `$reindex`.
 */
export async function reindexResources(options: ReindexOptions): Promise<IndexJob> {
  const run = runFor(options);
  await run.definitions.onModuleInit();
  const types = [...(options.types ?? resourceTypes)].toSorted();
  const kind = options.verify === true ? 'verify' : 'reindex';
  const { generation } = run.definitions;
  const id = await addJob(run.session, { kind, types, generation, settles: false });
  for (;;) {
    const job = (await findJob(run.session, id))!;
    options.onProgress?.(job.state === 'done' ? 100 : percentOf(job));
    if (job.state === 'done' || job.state === 'failed') return job;
    const claimed = await claimJob(run.session, run.owner, id);
    if (claimed) await carryOut(run, claimed);
    else await delay(lookEveryMs);
  }
}

type Run = Parameters<typeof runIndexJob>[0];

/** What fails here fails for the person who waits; nobody tries again. */
async function carryOut(run: Run, job: IndexJob): Promise<void> {
  try {
    await runIndexJob(run, job);
  } catch (error) {
    if (error instanceof LeaseLost) return;
    await finishJob(run.session, job.id, run.owner, 'the command that ran it failed');
    throw error;
  }
}

function runFor({ dataSource, base, referentialIntegrity }: ReindexOptions): Run {
  const session = new SqlSession(dataSource, { statementTimeout: 0 });
  const parameters = new SearchParameters();
  const slots = new SortSlots();
  const definitions = new SearchDefinitions(session, parameters, slots);
  const columns = new IndexColumns(new ResourceIndexer(parameters, base, referentialIntegrity), slots);
  return { session, columns, definitions, owner: randomUUID(), givesWay: false, signal: new AbortController().signal };
}
