import { Injectable } from '@nestjs/common';
import { LimitedContext } from '../../scope/limited-context.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { Issue } from '../../r4/errors/fhir-error.js';
import { MethodNotAllowed } from '../../r4/errors/request-errors.js';
import type { JsonObject } from '../../r4/json/json.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import { builtInName, callTimeout } from '../extensions/extension-calls.js';
import { Hooks } from '../extensions/hooks.js';
import type { AnswerBudget } from '../interactions/answer-budget.js';
import { RecordsInteraction } from '../interactions/records/records.interaction.js';
import type { TakenJob } from '../storage/jobs/job.js';
import type { ExternalContent } from '../storage/writing/change.js';
import { isRetryable } from '../storage/session/database-failure.js';
import type { ResourceRepository } from '../storage/resource.repository.js';
import { aroundOperation } from './around-operation.js';
import { limitsOf } from './declaration/declared-limits.js';
import { type KeepAnswer, keepNothing } from './jobs/atomic-operation.js';
import { isLong, type LongCall, type LongOperation } from './jobs/long-operation.js';
import { type Operation, type OperationCall, Operations } from './operation.js';
import { ParameterReading } from './parameters/parameter-reading.js';
import { unknownOperation } from './unknown-operation.js';

/** Means of a call that is carried out after its request was answered. */
interface WorkOfJob extends Pick<OperationCall, 'signal' | 'progress'> {
  readonly keep: KeepAnswer;
  /** The answer that was committed with its work, by a server that did not come to the end. */
  readonly kept?: object;
}

/** A call as it was sent; the decision about its access was made before. */
export interface SentCall {
  readonly context: RequestContext;
  readonly interaction: Interaction;
  /** The Parameters or the resource that was posted. */
  readonly input?: JsonObject | undefined;
  readonly wantsText?: boolean;
  /** `Accept-Language` of the request. */
  readonly languages?: string | undefined;
  readonly budget: AnswerBudget;
  /** The transaction that the call is a part of. */
  readonly from?: ResourceRepository | undefined;
  /** Unknown parameters of a long operation are ignored (`Prefer: handling=lenient`). */
  readonly isLenient?: boolean;
  /** The NDJSON that was posted, where it is stored. */
  readonly lines?: ExternalContent | undefined;
  /** It is carried out after its request was answered. */
  readonly work?: WorkOfJob;
}

/** Milliseconds that a call may take which is carried out after its request was answered. */
const longCall = 3_600_000;
/** Time limit of an operation that continues where another server left it. */
const longWork = 7 * 24 * longCall;

const atOnce: Pick<OperationCall, 'signal' | 'progress' | 'isLater'> & { readonly keep: KeepAnswer } = {
  isLater: false,
  keep: keepNothing,
  signal: new AbortController().signal,
  progress: () => undefined,
};

/** Runs operations: every call, however it came, is read and limited by the declaration here (ADR 61). */
@Injectable()
export class OperationRunner {
  constructor(
    private readonly operations: Operations,
    private readonly reading: ParameterReading,
    private readonly records: RecordsInteraction,
    private readonly hooks: Hooks,
  ) {}

  /** Throws 404 for an operation that is not offered at the address, and 405 for GET of one that changes something. */
  find(interaction: Interaction, method: string): Operation {
    const { operation: code = '', type, query } = interaction;
    const operation = this.operations.find(code, addressOf(interaction));
    if (!operation) throw unknownOperation(this.operations, code, type);
    const { affectsState, affectsStateBy } = operation.declaration;
    const changes = affectsState || (affectsStateBy !== undefined && query.get(affectsStateBy) === 'true');
    if (changes && method !== 'POST') {
      throw new MethodNotAllowed(method, `$${code}`, ['POST'], 'It changes what is stored.');
    }
    return operation;
  }

  /** True if some operation may be answered later. */
  get offersAsync(): boolean {
    return this.operations.all.some(({ declaration }) => declaration.async === true);
  }

  /** Throws 400 for parameters that are not as declared, and what a long operation finds before it is begun. */
  async check(operation: Operation, sent: SentCall): Promise<void> {
    if (isLong(operation)) return operation.prepare(await this.longCallOf(operation, sent));
    await this.reading.read(operation.declaration, { query: sent.interaction.query, input: sent.input });
  }

  /** Carries a long operation out. */
  async work(operation: LongOperation, sent: SentCall, job: TakenJob): Promise<object> {
    const call = await this.longCallOf(operation, sent);
    const event = { code: operation.declaration.code, ...addressOf(sent.interaction), context: sent.context };
    return aroundOperation({ hooks: this.hooks, time: longWork }, event, () => operation.work({ ...call, job }));
  }

  private async longCallOf(operation: LongOperation, sent: SentCall): Promise<LongCall> {
    const remarks: Issue[] = [];
    const ignore = sent.isLenient ? (issue: Issue): void => void remarks.push(issue) : undefined;
    const call = await this.callOf(operation, sent, ignore);
    const { isLenient = false, interaction, lines } = sent;
    return { ...call, remarks, isLenient, query: interaction.query, lines };
  }

  /** Throws 400 for parameters that are not as declared; 404 and 403 for a target out of reach. */
  async run(operation: Operation, sent: SentCall): Promise<object> {
    const kept = sent.work?.kept;
    const time = sent.work ? longCall : callTimeout.most;
    const event = { code: operation.declaration.code, ...addressOf(sent.interaction), context: sent.context };
    if (kept) return aroundOperation({ hooks: this.hooks, time }, event, () => Promise.resolve(kept));
    const call = await this.callOf(operation, sent);
    return aroundOperation({ hooks: this.hooks, time }, event, () => this.called(operation, call, time));
  }

  private async callOf(
    { declaration }: Operation,
    { context: whole, interaction, input, budget, wantsText = false, languages, from, work }: SentCall,
    ignore?: (issue: Issue) => void,
  ): Promise<OperationCall> {
    const { type = '', id = '', query } = interaction;
    const parameters = await this.reading.read(declaration, { query, input, ...(ignore && { ignore }) });
    const context = new LimitedContext(whole, limitsOf(declaration, interaction.type));
    const owner = { name: `$${declaration.code}`, system: declaration.system };
    const records = this.records.of(context, owner, from);
    const target = declaration.target ? await records.read(type, id) : undefined;
    const { signal, progress, keep } = work ?? atOnce;
    const isLater = work !== undefined;
    const call = {
      context,
      parameters,
      target,
      records,
      wantsText,
      budget,
      signal,
      progress,
      keep,
      isLater,
      ...addressOf(interaction),
      ...(languages !== undefined && { languages }),
    };
    return call;
  }

  private async called(operation: Operation, call: OperationCall, timeout: number): Promise<object> {
    const extension = this.operations.extensionOf(operation);
    if (extension === builtInName) return operation.run(call);
    const code = {
      extension,
      point: 'operation',
      name: operation.declaration.code,
      timeout,
    } as const;
    let failure: unknown;
    const run = async (): Promise<object> => {
      try {
        return await operation.run(call);
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    try {
      return await this.hooks.calls.run(code, run);
    } catch (error) {
      // A transaction that lost a race starts again, whoever is at work in it.
      throw isRetryable(failure) ? failure : error;
    }
  }
}

const addressOf = ({ type, id }: Interaction): Pick<OperationCall, 'type' | 'id'> => ({
  ...(type !== undefined && { type }),
  ...(id !== undefined && { id }),
});
