import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { withApp } from '../../app/start/offline.js';
import { ExportPlanner } from '../../fhir/operations/exporting/export-planner.js';
import { linesOf } from '../../fhir/operations/exporting/export-lines.js';
import { operator } from '../../fhir/operations/importing/operator.js';
import { ExportRows } from '../../fhir/storage/exporting/export-rows.js';
import type { JobChunk } from '../../fhir/storage/jobs/job-files.js';
import { addJob, removeAnyJob, takeJob, type TakenJob } from '../../fhir/storage/jobs/job.js';
import { SqlSession } from '../../fhir/storage/session/sql-session.js';
import { isResourceType, suggestType } from '../../r4/model/resource-types.js';
import { AccessRules } from '../../scope/access-rules.js';
import { RequestContext } from '../../scope/request-context.js';
import { audited, auditLogOf } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { counted } from '../counted.js';
import { openSetup } from '../open-server.js';
import { print, remark } from '../terminal.js';
import { emptyFolder } from '../transfer/empty-folder.js';
import { type ProgressBar, progressBar } from '../transfer/progress-bar.js';

export interface ExportOptions {
  readonly type?: readonly string[];
  readonly gzip?: true;
}

export async function exportAll(folder: string, options: ExportOptions): Promise<void> {
  for (const type of options.type ?? []) {
    const suggestion = isResourceType(type) ? undefined : suggestType(type);
    if (!isResourceType(type))
      throw wrongUsage(`"${type}" is no R4 resource type.${suggestion ? ` Did you mean ${suggestion}?` : ''}`);
  }
  await emptyFolder(folder);
  const setup = await openSetup();
  await withApp(setup, remark, async (app) => {
    const log = auditLogOf({ config: setup.config, get: (part) => app.get(part) });
    const details = [['folder', folder] as const];
    await audited(log, { command: 'export', on: 'exported files', details }, async () => {
      const session = app.get(SqlSession).unlimited;
      const job = await ownJob(session);
      try {
        const moment = { rows: app.get(ExportRows), planner: app.get(ExportPlanner), rules: app.get(AccessRules), job };
        print(`${counted(await writeAll(moment, folder, options), 'resource')} written to ${folder}.`);
      } finally {
        await removeAnyJob(session, job.id);
      }
    });
  });
}

/** Of a kind that no server carries out. */
async function ownJob(session: SqlSession): Promise<TakenJob> {
  const id = randomUUID();
  const kind = `command ${id}`;
  const job = { id, kind, caller: kind, request: '', operation: 'lanyard export', requester: 'operator' };
  await addJob(session, job, { perCaller: 1, perServer: 1_000_000_000 });
  return (await takeJob(session, [kind]))!;
}

interface Moment {
  readonly rows: ExportRows;
  readonly planner: ExportPlanner;
  readonly rules: AccessRules;
  readonly job: TakenJob;
}

async function writeAll(moment: Moment, folder: string, { type: types, gzip }: ExportOptions): Promise<number> {
  const { rows, planner, rules, job } = moment;
  await rules.refresh();
  const context = new RequestContext(await rules.consult(operator), rules);
  const request = {
    level: 'system',
    filters: new Map(),
    remarks: [],
    isByPatient: false,
    ...(types && { types }),
  } as const;
  await rows.plan(job, async (snapshot) => JSON.stringify(await planner.plan(context, request, snapshot)));
  const { totalBytes, totalResources } = await rows.planOf(job);
  const bar = progressBar(totalBytes);
  try {
    let chunk = await rows.nextChunk(job, -1);
    while (chunk) {
      const { type } = chunk;
      const written = new TypeFile(rows, { job, context, bar });
      const file = createWriteStream(join(folder, `${type}.ndjson${gzip ? '.gz' : ''}`));
      const lines = Readable.from(written.linesFrom(chunk), { objectMode: false });
      await (gzip ? pipeline(lines, createGzip(), file) : pipeline(lines, file));
      chunk = written.next;
    }
  } finally {
    bar.stop();
  }
  return totalResources;
}

interface Writing {
  readonly job: TakenJob;
  readonly context: RequestContext;
  readonly bar: ProgressBar;
}

/** The lines of all chunks of one type. */
class TypeFile {
  /** The first chunk of the next type. */
  next: JobChunk | undefined;

  constructor(
    private readonly rows: ExportRows,
    private readonly writing: Writing,
  ) {}

  async *linesFrom(first: JobChunk): AsyncGenerator<Buffer> {
    const { job, context, bar } = this.writing;
    const { type } = first;
    const access = context.accessTo(type, 's');
    const form = { accessTo: () => access, elements: undefined, contents: this.rows.contents };
    for (this.next = first; this.next?.type === type;) {
      const chunk: JobChunk = this.next;
      yield* linesOf(chunk, await this.rows.read(chunk), form);
      bar.add(chunk.bytes, type);
      this.next = await this.rows.nextChunk(job, chunk.chunk);
    }
  }
}
