import { Inject, Injectable } from '@nestjs/common';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { AuditLog } from '../../storage/audit/audit-log.js';
import { HeldJobs, type HeldJob, type KeptJob } from '../../storage/jobs/held-jobs.js';
import { ImportProgress } from '../../storage/jobs/import-progress.js';
import type { TakenJob } from '../../storage/jobs/job.js';
import { failureFiles, keepFailures } from '../importing/failure-files.js';
import { Importer } from '../importing/importer.js';
import { itemLimits } from '../importing/item-limits.js';
import { callerHash } from '../jobs/caller-hash.js';
import type { LongCall, LongOperation } from '../jobs/long-operation.js';
import { OperationJobs } from '../jobs/operation-jobs.js';
import { OperationAnswer, type OperationCall } from '../operation.js';
import { bulkSubmitDeclaration } from './bulk-submit-declaration.js';
import { readSubmit } from './read-submit.js';
import {
  countingManifests,
  jobOf,
  type Submission,
  submissionAfter,
  type SubmitCall,
  withoutHeaders,
} from './submission.js';
import { type ManifestReport, SubmissionRun } from './submission-run.js';

type Declaration = typeof bulkSubmitDeclaration;

/**
 * `$bulk-submit` (https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/submit.html): a submission is a job that is held back until its
 * caller completes it; what was replaced or stopped by then is never imported (ADR 98).
 */
@Injectable()
export class BulkSubmitOperation implements LongOperation<Declaration> {
  readonly declaration = bulkSubmitDeclaration;

  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly held: HeldJobs,
    private readonly jobs: OperationJobs,
    private readonly importer: Importer,
    private readonly progress: ImportProgress,
    private readonly log: AuditLog,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Writes a call down; nothing is fetched yet. */
  async run({ context, parameters }: OperationCall<Declaration>): Promise<object> {
    const call = readSubmit(parameters, this.options.imports?.privateHosts ?? []);
    const caller = callerHash(context.principal);
    const id = jobOf(call, caller);
    const interaction = { kind: 'operation', operation: 'bulk-submit', query: new URLSearchParams() } as const;
    const { requestId = '', address = '' } = context.trail?.request ?? {};
    const sent = { context, interaction, input: completing(call) };
    const job = { ...this.jobs.jobOf(this, sent, { id: requestId, ip: address }), id };
    const kept = await this.held.change(job, (held) => this.after(held, call));
    if (!kept) throw this.jobs.tooMany();
    return operationOutcome([{ severity: 'information', code: 'informational', diagnostics: told(call) }]);
  }

  /** Unused: it begins by a call that completes it. */
  async prepare(): Promise<void> {}

  async work({ job, context, signal, progress }: LongCall<Declaration> & { readonly job: TakenJob }): Promise<object> {
    const submission = JSON.parse(await this.held.submissionOf(job)) as Submission;
    if (submission.status !== 'completed') return this.abandoned(job, submission);
    const { importer, log, options } = this;
    const work = { job, context, signal, progress, limits: itemLimits(options) };
    const reports = await new SubmissionRun({ importer, progress: this.progress, log }, work, submission).reports();
    await keepFailures(this.progress, job, reports);
    const answer = await this.manifest(job, submission, reports);
    await this.forgetHeaders(job, submission);
    return answer;
  }

  private after(held: HeldJob | undefined, call: SubmitCall): KeptJob {
    const submission = submissionAfter(held, call);
    const text = JSON.stringify(submission);
    if (call.status === 'completed') return { submission: text, state: 'ready', progress: 'completed' };
    if (call.status === 'stopped') return { submission: text, state: 'done', answer: ended('It was stopped') };
    const { length } = countingManifests(submission);
    return { submission: text, state: 'held', progress: `manifests noted: ${length}, not completed yet` };
  }

  private async abandoned(job: TakenJob, submission: Submission): Promise<object> {
    await this.forgetHeaders(job, submission);
    const { status, answer } = ended('It was not completed in time');
    return new OperationAnswer(JSON.parse(answer) as object, status);
  }

  private forgetHeaders(job: TakenJob, submission: Submission): Promise<void> {
    const manifests = submission.manifests.map(withoutHeaders);
    return this.held.keepSubmission(job, JSON.stringify({ ...submission, manifests }));
  }

  /** https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/StructureDefinition-BulkSubmitStatusManifest.html */
  private async manifest(job: TakenJob, submission: Submission, reports: readonly ManifestReport[]): Promise<object> {
    const { base } = this.options;
    const files = await failureFiles(this.progress, job);
    const outcome = await Promise.all(
      countingManifests(submission).map(async ({ url: manifestUrl }, at) => {
        const { file, type, resources: count } = files[at]!;
        const countSeverity = await this.progress.severitiesOf(job, reports[at]!);
        return { type, url: `${base}/$export-file?job=${job.id}&file=${file}`, count, manifestUrl, countSeverity };
      }),
    );
    return {
      submissionId: submission.submissionId,
      manifestType: 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkSubmitStatusManifest',
      transactionTime: new Date().toISOString(),
      request: `${base}/$bulk-submit-status`,
      requiresAccessToken: true,
      output: [],
      // Release 4 calls it `outcome`, drafts before it `error`.
      error: outcome,
      outcome,
    };
  }
}

/** The call that its job is carried out as. */
const completing = ({ submitter, submissionId }: SubmitCall) => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'submitter', valueIdentifier: submitter },
    { name: 'submissionId', valueString: submissionId },
    { name: 'submissionStatus', valueCoding: { system: 'http://hl7.org/fhir/event-status', code: 'completed' } },
  ],
});

const ended = (fact: string): { readonly status: number; readonly answer: string } => ({
  status: 422,
  answer: JSON.stringify(
    operationOutcome([{ code: 'incomplete', diagnostics: `${fact}, so that nothing of the submission was imported.` }]),
  ),
});

const told = ({ status, manifest }: SubmitCall): string => {
  const taken = manifest ? 'The manifest is noted. ' : '';
  if (status === 'completed')
    return `${taken}The import begins. POST $bulk-submit-status says where to ask how far it is.`;
  if (status === 'stopped') return 'The submission is stopped. Nothing of it was imported.';
  return `${taken}Files are fetched once a call with the submissionStatus completed comes.`;
};
