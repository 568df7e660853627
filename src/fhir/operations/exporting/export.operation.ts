import { Inject, Injectable } from '@nestjs/common';
import { TenantLimitReached } from '../../../database/tenants/tenant-limit-reached.js';
import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { objectsOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { AuditLog } from '../../storage/audit/audit-log.js';
import { ExportRows } from '../../storage/exporting/export-rows.js';
import { StorageFull } from '../../storage/session/storage-full.js';
import { StorageUsage } from '../../storage/limits/storage-usage.js';
import type { JobPlan } from '../../storage/jobs/job-files.js';
import { JobLost, type TakenJob } from '../../storage/jobs/job.js';
import type { LongOperation, SentAsync } from '../jobs/long-operation.js';
import { exportDeclaration } from './export-declaration.js';
import { ExportPlanner } from './export-planner.js';
import { ExportWriter } from './export-writer.js';
import { manifestOf } from './manifest.js';
import { type ExportCall, organizer, readExport } from './read-export.js';

const usualFileSize = 64 * 1024 ** 2;

/** `$export` (https://hl7.org/fhir/uv/bulkdata/export.html): plans all of it in one snapshot, then writes file after file (ADR 78). */
@Injectable()
export class ExportOperation implements LongOperation<typeof exportDeclaration> {
  readonly declaration = exportDeclaration;

  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly planner: ExportPlanner,
    private readonly rows: ExportRows,
    private readonly log: AuditLog,
    private readonly usage: StorageUsage,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Called where nobody waits for later. */
  run(): never {
    const diagnostics = '$export is answered later. Send the header Prefer: respond-async, outside of Bundles.';
    throw new InvalidRequest({ code: 'invalid', diagnostics });
  }

  async prepare(call: ExportCall): Promise<void> {
    await this.planner.check(call.context, readExport(call, this.options.base));
    await this.usage.requireExport();
  }

  async work(call: ExportCall & { readonly job: TakenJob }): Promise<object> {
    const { context, job, signal } = call;
    const request = readExport(call, this.options.base);
    let plan = await this.rows.planOf(job);
    if (plan.planned === null) {
      call.progress('planning');
      await this.rows.plan(job, async (snapshot) =>
        JSON.stringify(await this.planner.plan(context, request, snapshot)),
      );
      plan = await this.rows.planOf(job);
    }
    const { exportFileSize: fileSize = usualFileSize } = this.options;
    const done = progressOf(plan, call.progress);
    const writer = new ExportWriter(this.rows, this.log, this.usage, {
      job,
      context,
      elements: request.elements,
      fileSize,
      signal,
      done,
    });
    done(0, 0);
    await this.writeAll(job, writer);
    const issues = JSON.parse(plan.remarks ?? '[]') as readonly Issue[];
    const isTold = (await this.rows.filesOf(job)).some(({ kind }) => kind === 'error');
    if (issues.length > 0 && !isTold) await writer.tell(issues);
    return this.manifest(job, plan.planned!, { ...call, organizedBy: request.isByPatient ? organizer : undefined });
  }

  /** An export without room leaves none of its files behind, since nobody is told of them. Throws `TenantLimitReached` and `StorageFull`. */
  private async writeAll(job: TakenJob, writer: ExportWriter): Promise<void> {
    try {
      while (await writer.next());
      await writer.ended();
    } catch (error) {
      // A file that is added after the job has ended would be left behind.
      await writer.ended().catch(() => undefined);
      if (error instanceof TenantLimitReached) await this.rows.dropFiles(job);
      // A full disk may not take that either: then they go with the job.
      if (error instanceof StorageFull) await this.rows.dropFiles(job).catch(() => undefined);
      throw error;
    }
  }

  /** `allowPartialManifests`: the files that are there; undefined before it is planned. */
  async soFar(job: Pick<TakenJob, 'id'>, { interaction, input }: SentAsync): Promise<object | undefined> {
    if (String(sentIn('allowPartialManifests', interaction.query, input)) !== 'true') return undefined;
    const plan = await this.rows.planOf(job).catch((error: unknown) => {
      // It was cancelled in this very moment.
      if (error instanceof JobLost) return undefined;
      throw error;
    });
    const by = sentIn('organizeOutputBy', interaction.query, input) === organizer ? organizer : undefined;
    return plan?.planned ? this.manifest(job, plan.planned, { ...interaction, organizedBy: by }) : undefined;
  }

  private async manifest(
    { id }: Pick<TakenJob, 'id'>,
    planned: Date,
    sent: Pick<Interaction, 'type' | 'id' | 'query'> & { readonly organizedBy: string | undefined },
  ): Promise<object> {
    return manifestOf({
      transactionTime: planned.toISOString(),
      request: this.addressOf(sent),
      files: await this.rows.filesOf({ id }),
      organizedBy: sent.organizedBy,
      addressOf: ({ file }) => `${this.options.base}/$export-file?job=${id}&file=${file}`,
    });
  }

  private addressOf({ type, id, query }: Pick<Interaction, 'type' | 'id' | 'query'>): string {
    const path = [this.options.base, type, id, '$export'].filter((part) => part !== undefined).join('/');
    return query.size === 0 ? path : `${path}?${query.toString()}`;
  }
}

/** A parameter as it was sent, in the query or in the Parameters. */
function sentIn(name: string, query: URLSearchParams, input: JsonObject | undefined): unknown {
  const sent = objectsOf(input?.['parameter']).find((one) => one['name'] === name);
  return query.get(name) ?? sent?.['valueBoolean'] ?? sent?.['valueString'];
}

/** Says how far it is, and how long the rest may take at the pace so far. */
function progressOf(
  { resources, bytes, totalResources, totalBytes }: JobPlan,
  progress: (text: string) => void,
): (resources: number, bytes: number) => void {
  const began = performance.now();
  let [doneResources, doneBytes] = [resources, bytes];
  return (moreResources, moreBytes) => {
    doneResources += moreResources;
    doneBytes += moreBytes;
    const pace = (doneBytes - bytes) / (performance.now() - began);
    const left = pace > 0 ? `, about ${Math.ceil((totalBytes - doneBytes) / pace / 1000)} s left` : '';
    progress(
      `${doneResources} of ${totalResources} resources (${megabytes(doneBytes)} of ${megabytes(totalBytes)} MB)${left}`,
    );
  };
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
