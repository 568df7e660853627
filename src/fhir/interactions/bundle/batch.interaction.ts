import { Inject, Injectable } from '@nestjs/common';
import { decidedAgain } from '../../../scope/policies/policies-unknown.js';
import { reachOf } from '../../../scope/reach.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import type { Json } from '../../../r4/json/json.js';
import type { PreferredReturn } from '../../../r4/rest/prefer.js';
import { Turns } from '../../../r4/json/turns.js';
import type { IdempotentRequest } from '../../storage/writing/idempotent-request.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { QuestionBudgets } from '../../terminology-servers/question-budgets.js';
import { AnswerBudget } from '../answer-budget.js';
import { type BatchWrite, BatchWrites, onceForEntry, summariesOf } from './batch-writes.js';
import { type BundleEntry, readEntry } from './bundle-entry.js';
import { EntryOperations, noteOperation, notOnce } from './entry-operations.js';
import { bundleText } from './bundle-text.js';
import { ConditionReader } from '../conditional/condition-reader.js';
import { CreateInteraction } from '../create.interaction.js';
import { DeleteInteraction } from '../delete.interaction.js';
import { doneEntry, failedEntry, matchedEntry, writtenEntry } from './entry-answer.js';
import { ReadEntryInteraction, isReading } from './read-entry.interaction.js';
import { PatchInteraction } from '../patch.interaction.js';
import { readable } from '../readable.js';
import { taggedAs, type WriteSummary } from '../write-summary.js';
import type { SentBundle } from './sent-bundle.js';
import { shownTo } from '../shown-to.js';
import { UpdateInteraction } from '../update.interaction.js';
import { WrittenAnswers } from './written-answers.js';

interface Preference {
  readonly prefer?: PreferredReturn | undefined;
  /** Each entry that writes is carried out once, however often the batch is sent; one that failed is tried again. */
  readonly once?: IdempotentRequest | undefined;
  /** True if nobody waits for the answer any more. */
  readonly isGone: () => boolean;
  /** Bytes that the answer may have. */
  readonly responseLimit: number;
  /** The answer of a failed entry, as if it was sent alone; defects of the server too, so that the others still count. */
  readonly answerOf: (error: unknown) => { readonly status: number; readonly outcome: object };
}

interface Budgeted extends Preference {
  readonly budget: AnswerBudget;
}

/** 400, which nobody reads. */
class ClientGone extends InvalidRequest {
  constructor(done: number, count: number) {
    super({ code: 'incomplete', diagnostics: `The client went away after ${done} of ${count} entries.` });
  }
}

/** https://hl7.org/fhir/R4/http.html#transaction: a batch; each entry stands alone, as if sent by itself. */
@Injectable()
export class BatchInteraction {
  private readonly writes: BatchWrites;

  constructor(
    private readonly resources: ResourceRepository,
    createInteraction: CreateInteraction,
    updateInteraction: UpdateInteraction,
    patchInteraction: PatchInteraction,
    deleteInteraction: DeleteInteraction,
    private readonly reading: ReadEntryInteraction,
    private readonly conditions: ConditionReader,
    private readonly operations: EntryOperations,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    private readonly questions: QuestionBudgets,
  ) {
    this.writes = new BatchWrites(createInteraction, updateInteraction, patchInteraction, deleteInteraction);
  }

  /** The batch-response Bundle as text. */
  async run(context: RequestContext, bundle: SentBundle, preference: Preference): Promise<string> {
    await bundle.check();
    this.questions.startBundle(context);
    const answers: string[] = [];
    const { once } = preference;
    // Another batch with the same key is refused as a whole; what the caller may do counts for each entry.
    if (once)
      await this.resources.transaction(context.caller, (tx) =>
        tx.once(
          once,
          () => '',
          async () => ({}),
        ),
      );
    const { responseLimit } = preference;
    const budget = new AnswerBudget({ responseLimit, statementTimeout: this.options.statementTimeout });
    const turns = new Turns();
    for (let index = 0; index < bundle.count; index++) {
      await turns.next();
      if (preference.isGone()) throw new ClientGone(index, bundle.count);
      answers.push(await this.entry(context, await bundle.entry(index), index, { ...preference, budget }));
    }
    return bundleText('batch-response', [], answers);
  }

  private async entry(context: RequestContext, json: Json, index: number, preference: Budgeted): Promise<string> {
    try {
      return await decidedAgain(() => this.carryOut(context, json, index, preference));
    } catch (error) {
      return failedEntry(preference.answerOf(error));
    }
  }

  private async carryOut(context: RequestContext, json: Json, index: number, preference: Budgeted): Promise<string> {
    const { budget, once } = preference;
    const entry = readEntry(json, index, { context, conditions: this.conditions, operations: this.operations });
    noteOperation(context, entry);
    if (once && entry.operation?.affectsState) throw notOnce(entry.operation);
    if (isReading(entry)) return this.reading.answer(context, entry, budget);
    // The write is done, but beyond the budget its content is not shown.
    const prefer = budget.isSpent && preference.prefer === 'representation' ? 'minimal' : preference.prefer;
    if (once) return this.answerOnce(context, entry, { prefer, once: onceForEntry(once, index) });
    const written = await this.answer(context, await this.writes.write(context, entry), prefer);
    budget.take(written);
    return written;
  }

  /** The write and the answer that is kept for it are one transaction. */
  private answerOnce(
    context: RequestContext,
    entry: BundleEntry,
    { prefer, once }: { readonly prefer: PreferredReturn | undefined; readonly once: IdempotentRequest },
  ): Promise<string> {
    return this.resources.transaction(context.caller, async (tx) => {
      let done: BatchWrite | undefined;
      const told = await tx.once<readonly WriteSummary[]>(
        once,
        () => reachOf(context, [entry.interaction.type]),
        async () => {
          done = await this.writes.within(tx).write(context, entry);
          return summariesOf(done);
        },
      );
      if (done) return this.answer(context, done, prefer);
      const answers = new WrittenAnswers(context, tx, { base: this.options.base, prefer });
      const results = await answers.of(told.map((one) => ({ index: 0, told: one })));
      return results.get(0) ?? doneEntry;
    });
  }

  private async answer(context: RequestContext, done: BatchWrite, prefer?: PreferredReturn): Promise<string> {
    const { base } = this.options;
    if ('told' in done) {
      const { told, version } = done;
      const body = prefer === 'representation' ? version?.body : undefined;
      return matchedEntry(base, taggedAs(told, version), { isReadable: version !== undefined, body });
    }
    const [written, ...more] = 'versionId' in done ? [done] : done;
    if (!written || more.length > 0) return doneEntry;
    const shown = shownTo(context, written);
    const isAsked = prefer === 'representation' && !shown.isUnshown;
    const isShown = isAsked && (await readable(context, this.resources, [shown])).has(shown);
    return writtenEntry(base, shown, { prefer, body: isShown ? shown.body : undefined });
  }
}
