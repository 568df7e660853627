import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { newRecord, recordOf } from '../../../audit/audit-record.js';
import type { Principal } from '../../../auth/principal.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { AccessTrail } from '../../../scope/access-trail.js';
import { callerOf, RequestContext } from '../../../scope/request-context.js';
import { decide } from '../../../scope/request-decision.js';
import { FhirError, TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import { UnknownAddress } from '../../../r4/errors/request-errors.js';
import { type Json, type JsonObject, parseJson, writeJson } from '../../../r4/json/json.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { AnswerBudget } from '../../interactions/answer-budget.js';
import { RecordsInteraction } from '../../interactions/records/records.interaction.js';
import { type JobResult, Jobs, type Work } from '../../storage/jobs/jobs.js';
import type { ExternalContent } from '../../storage/writing/change.js';
import { progressOf } from '../../storage/jobs/job-progress.js';
import { type AskedJob, keepAnswer, type NewJob, type TakenJob } from '../../storage/jobs/job.js';
import { JsonAnswer, type Operation, OperationAnswer, TextAnswer } from '../operation.js';
import { OperationRunner, type SentCall } from '../operation-runner.js';
import type { KeepAnswer } from './atomic-operation.js';
import { callerHash } from './caller-hash.js';
import { isLong } from './long-operation.js';
import { Standings } from './standing.js';

/** A call as it is kept until it is carried out; no token. */
interface KeptCall {
  readonly interaction: Omit<Interaction, 'query'>;
  readonly query: string;
  readonly input?: JsonObject;
  readonly lines?: ExternalContent;
  readonly principal: Principal;
  readonly isLenient: boolean;
  readonly requestId: string;
  readonly address: string;
}

/** Facts of the request that are kept for the audit. */
export interface AsyncRequest {
  readonly id: string;
  readonly ip: string;
}

const kind = 'operation';
const retryAfter = { 'retry-after': '2' };
const hourMs = 3_600_000;

/** 429: as many calls of the caller are under way as may be, or it asks too often how far one is. */
export class TooManyJobs extends FhirError {
  readonly status = 429;
  override readonly headers = retryAfter;
  constructor(diagnostics: string) {
    super({ code: 'throttled', diagnostics });
  }
}

/** Calls that are answered later: `Prefer: respond-async` (https://hl7.org/fhir/R4/async.html). */
@Injectable()
export class OperationJobs implements OnModuleInit {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly jobs: Jobs,
    private readonly runner: OperationRunner,
    private readonly records: RecordsInteraction,
    private readonly rules: AccessRules,
    private readonly standings: Standings,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  onModuleInit(): void {
    if (this.runner.offersAsync) this.jobs.register(kind, (work) => this.work(work));
  }

  /** 202 with where to ask. Throws 400 for parameters that are not as declared. */
  async start(operation: Operation, sent: SentCall, request: AsyncRequest): Promise<OperationAnswer> {
    await this.runner.check(operation, sent);
    const id = await this.jobs.add(this.jobOf(operation, sent, request));
    if (id === undefined) throw this.tooMany();
    return this.accepted(id);
  }

  /** A call as it is kept, to be carried out later as the caller. */
  jobOf(
    operation: Operation,
    sent: Pick<SentCall, 'context' | 'interaction' | 'input' | 'lines' | 'isLenient'>,
    { id: requestId, ip: address }: AsyncRequest,
  ): Omit<NewJob, 'id'> {
    const { context, input, lines } = sent;
    const { query, ...interaction } = sent.interaction;
    const { principal } = context;
    const { isLenient = false } = sent;
    const kept = { interaction, query: query.toString(), input, lines, principal, isLenient, requestId, address };
    const request = writeJson(kept as unknown as Json);
    const asked = { operation: `$${operation.declaration.code}`, requester: requesterOf(principal) };
    return { kind, caller: callerHash(principal), request, ...asked };
  }

  tooMany(): TooManyJobs {
    const { perCaller, perServer } = this.jobs.options;
    return new TooManyJobs(
      `${perCaller} calls of yours, or ${perServer} of all callers, are under way, and no more may be. Wait for one to end, or cancel one.`,
    );
  }

  /** 202 with where its caller asks for a job. */
  accepted(id: string): OperationAnswer {
    const url = `${this.options.base}/$job-status?job=${id}`;
    const diagnostics = `The call goes on. GET ${url} says how far it is, and then what it ended with; DELETE cancels it.`;
    const outcome = operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]);
    return new OperationAnswer(outcome, 202, { 'content-location': url, ...retryAfter });
  }

  /** Progress, or what the call ended with. Throws 404 for a call of somebody else, and 403 where it is not permitted any more. */
  async ask(context: RequestContext, id: string): Promise<OperationAnswer> {
    const job = await this.jobs.ask(id, callerHash(context.principal));
    if (!job) throw noJob();
    const { interaction, call } = interactionOf(job.request);
    const operation = this.runner.find(interaction, 'POST');
    decide(context, { interaction, declared: operation.declaration.access }).require();
    if (job.state !== 'done') {
      if (job.isHasty) throw new TooManyJobs('This was asked a moment ago. Ask again after the time in Retry-After.');
      const { input } = call;
      return under(job, isLong(operation) ? await operation.soFar?.({ id }, { interaction, input }) : undefined);
    }
    const expires = new Date(Number(job.finished) + this.jobs.options.keptHours * hourMs).toUTCString();
    return new OperationAnswer(parseJson(job.answer!) as object, job.status!, { expires });
  }

  async cancel({ principal }: RequestContext, id: string): Promise<OperationAnswer> {
    if (!(await this.jobs.remove(id, callerHash(principal)))) throw noJob();
    const diagnostics = 'The call is cancelled and forgotten, and so are its files. Resources that it has stored stay.';
    return new OperationAnswer(
      operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]),
      202,
    );
  }

  /** As the caller, whose rights are judged anew, and who is looked after: work of a caller who is logged out or disabled ends. */
  private async work({ job, request, signal, progress }: Work): Promise<JobResult> {
    const { interaction, call } = interactionOf(request);
    const { principal, input, lines, isLenient, requestId, address } = call;
    await this.rules.refresh();
    const audited = { requestId, method: 'POST', address, principal, interaction };
    const trail = this.options.audit ? new AccessTrail(audited) : undefined;
    let isResumed = false;
    const result = await answered(
      async () => {
        const standing = await this.standings.of(principal);
        const caller = { ...callerOf(principal), confirm: standing.requireNow };
        const context = new RequestContext(standing.principal, this.rules, trail, caller);
        const operation = this.runner.find(interaction, 'POST');
        isResumed = isLong(operation);
        decide(context, { interaction, declared: operation.declaration.access }).require();
        const budget = new AnswerBudget({ responseLimit: this.options.responseLimit, statementTimeout: 0 });
        const either = AbortSignal.any([signal, standing.signal]);
        const work = { signal: either, progress, keep: keeping(job, trail), ...keptOf(job) };
        const sent = { context, interaction, input, lines, isLenient, budget, work };
        const run = isLong(operation) ? this.runner.work(operation, sent, job) : this.runner.run(operation, sent);
        try {
          return resultOf(await Promise.race([run, standing.whenLost]));
        } finally {
          standing.stop();
        }
      },
      () => isResumed,
    );
    // The AuditEvent of a kept answer was stored in the transaction of its work.
    if (!(job.kept && result.status < 400)) await this.record(trail, result.status);
    return result;
  }

  /** Before the answer is stored: nobody is given what is not recorded. */
  private async record(trail: AccessTrail | undefined, status: number): Promise<void> {
    if (!trail || (trail.isRecorded && trail.unrecorded.length === 0)) return;
    const disclosed = trail.unrecorded;
    const outcome = status < 400 ? '0' : status < 500 ? '4' : '8';
    await this.records.log.record(recordOf(trail, newRecord({ outcome, ...(disclosed.length > 0 && { disclosed }) })));
  }
}

/** The caller, as administrators know it. */
const requesterOf = ({ kind: of, subject, clientId = subject }: Principal): string =>
  of === 'machine' ? `client ${clientId}` : `user ${subject}`;

function interactionOf(request: string): { readonly interaction: Interaction; readonly call: KeptCall } {
  const call = parseJson(request) as unknown as KeptCall;
  return { call, interaction: { ...call.interaction, query: new URLSearchParams(call.query) } };
}

const under = (job: AskedJob, soFar?: object): OperationAnswer => {
  const told = progressOf(job);
  const outcome = operationOutcome([{ severity: 'information', code: 'informational', diagnostics: told }]);
  return new OperationAnswer(soFar ?? outcome, 202, { 'x-progress': told, ...retryAfter });
};

async function answered(work: () => Promise<JobResult>, isResumed: () => boolean): Promise<JobResult> {
  try {
    return await work();
  } catch (error) {
    // An error that may pass is thrown, so that the job is tried again and goes on where it was.
    if (!(error instanceof FhirError) || (error instanceof TemporarilyUnavailable && isResumed())) throw error;
    return { status: error.status, answer: JSON.stringify(operationOutcome(error.issues)) };
  }
}

const keptOf = ({ kept }: TakenJob): { readonly kept?: object } => (kept ? { kept: parseJson(kept) as object } : {});

const keeping =
  (job: TakenJob, trail: AccessTrail | undefined): KeepAnswer =>
  async (tx, answer) => {
    // Nobody is given what is not recorded, also if nothing is written.
    tx.record.audited.note(trail, []);
    await tx.beside((session) => keepAnswer(session, job, writeJson(answer as Json)));
  };

function resultOf(result: object): JobResult {
  if (result instanceof JsonAnswer) return { status: 200, answer: result.json };
  if (result instanceof TextAnswer) throw new Error('An operation answered a call of later with text.');
  if (result instanceof OperationAnswer) return { status: result.status, answer: writeJson(result.body as Json) };
  return { status: 200, answer: writeJson(result as Json) };
}

const noJob = (): UnknownAddress =>
  new UnknownAddress('There is no such call of yours: it was cancelled, ended long ago, or is of another caller.');
