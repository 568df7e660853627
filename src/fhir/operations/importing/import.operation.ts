import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { AuditLog } from '../../storage/audit/audit-log.js';
import { ImportProgress } from '../../storage/jobs/import-progress.js';
import type { JobFile } from '../../storage/jobs/job-files.js';
import type { TakenJob } from '../../storage/jobs/job.js';
import type { LongOperation } from '../jobs/long-operation.js';
import { OperationAnswer } from '../operation.js';
import { failureFiles, keepFailures } from './failure-files.js';
import { importDeclaration } from './import-declaration.js';
import { ImportRun, incomplete, type SourceProgress } from './import-run.js';
import { Importer } from './importer.js';
import { itemLimits } from './item-limits.js';
import { type ImportCall, type ImportSource, readImport } from './read-import.js';

/** `$import`: stores the resources of files as updates by the caller would, some hundreds in one transaction (ADR 84). */
@Injectable()
export class ImportOperation implements LongOperation<typeof importDeclaration> {
  readonly declaration = importDeclaration;
  readonly takesLines = true;

  constructor(
    private readonly importer: Importer,
    private readonly progress: ImportProgress,
    private readonly log: AuditLog,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Called where nobody waits for later. */
  run(): never {
    const diagnostics = '$import is answered later. Send the header Prefer: respond-async, outside of Bundles.';
    throw new InvalidRequest({ code: 'invalid', diagnostics });
  }

  async prepare(call: ImportCall): Promise<void> {
    this.sourcesOf(call);
  }

  async work(call: ImportCall & { readonly job: TakenJob }): Promise<object> {
    const { job, context, signal, progress } = call;
    const sources = this.sourcesOf(call);
    await this.keepBody(job, sources);
    const { importer, log, options } = this;
    const limits = itemLimits(options);
    const run = new ImportRun({ importer, progress: this.progress, log }, { job, context, signal, progress, limits });
    await run.begin();
    const done = await run.of(sources);
    if (run.failures > 0) await keepFailures(this.progress, job, [{ first: 0, count: run.failures }]);
    const files = await failureFiles(this.progress, job);
    return this.answer(job, sources, { done, files });
  }

  private sourcesOf(call: ImportCall): readonly ImportSource[] {
    return readImport(call, this.options.imports?.privateHosts ?? []);
  }

  /** From now on it goes with the job. */
  private async keepBody(job: TakenJob, [source]: readonly ImportSource[]): Promise<void> {
    if (!source?.content || (await this.progress.filesOf(job)).length > 0) return;
    await this.progress.addFile(job, { ...ofJob, kind: 'input', type: '', ...source.content, resources: 0 });
  }

  /** 422 unless every source was read to its end: who looks at the status alone takes nothing for complete. */
  private answer(
    { id }: TakenJob,
    sources: readonly ImportSource[],
    { done, files }: { readonly done: readonly SourceProgress[]; readonly files: readonly JobFile[] },
  ): object {
    const { base } = this.options;
    const error = files.map(({ file, type, resources: count }) => {
      return { type, url: `${base}/$export-file?job=${id}&file=${file}`, count };
    });
    const failed = done.flatMap((one, at) => (one.state === 'failed' ? [{ one, source: sources[at]! }] : []));
    if (failed.length > 0) {
      const issues = failed.map(({ one, source }) => incomplete(source, one, one.fault ?? ''));
      const stored = done.reduce((sum, { created, known }) => sum + created + known, 0);
      const diagnostics = `${stored} resources were stored; ${error[0]!.url} has what was not. Begin the import again: what is there already gets no version.`;
      const told = { severity: 'information', code: 'informational', diagnostics } as const;
      return new OperationAnswer(operationOutcome([...issues, told]), 422);
    }
    const output = done.map(({ created, known, failed: count }, at) => {
      const { url, type } = sources[at]!;
      return {
        ...(type !== undefined && { type }),
        inputUrl: url ?? 'body',
        count: created + known,
        created,
        failed: count,
      };
    });
    const transactionTime = new Date().toISOString();
    return { transactionTime, request: `${base}/$import`, requiresAccessToken: true, output, error, outcome: error };
  }
}

const ofJob = { fingerprint: '', chunks: [], bytes: 0 } as const;
