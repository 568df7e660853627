import { Inject, Injectable } from '@nestjs/common';
import { decidedAgain } from '../../../scope/policies/policies-unknown.js';
import { reachOf } from '../../../scope/reach.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { WriteHooks } from '../../hooks/write-hooks.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import type { PreferredReturn } from '../../../r4/rest/prefer.js';
import { type Change, ChangesFailed, type Written } from '../../storage/writing/change.js';
import type { IdempotentRequest } from '../../storage/writing/idempotent-request.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { QuestionBudgets } from '../../terminology-servers/question-budgets.js';
import { AnswerBudget } from '../answer-budget.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { type BundleEntry, readEntry } from './bundle-entry.js';
import { bundleText } from './bundle-text.js';
import { CheckedEntries } from './checked-entries.js';
import { ConditionReader } from '../conditional/condition-reader.js';
import { EntryOperations, noteOperation, requireOperation } from './entry-operations.js';
import { doneEntry } from './entry-answer.js';
import { atEntry, collectFailures, type EntryFailure, isOfOneEntry, throwFailures } from './entry-failure.js';
import { linkedPatch, linkEntry, linkTargets } from './link-entries.js';
import { EntryPlanner, type Plan } from './plan-entries.js';
import { addressOf, type PlannedEntry } from './planned-entry.js';
import { PatchInteraction } from '../patch.interaction.js';
import { isReading, ReadEntryInteraction } from './read-entry.interaction.js';
import { patchOfEntry } from '../read-patch.js';
import type { LinkTargets } from './rewrite-links.js';
import type { SentBundle } from './sent-bundle.js';
import { summaryOfMatch, summaryOf } from '../write-summary.js';
import { type EntryResult, WrittenAnswers } from './written-answers.js';
import { Turns } from '../../../r4/json/turns.js';

interface PlannedChange {
  readonly entry: PlannedEntry;
  readonly change: Change;
}

/** Entries to write, and entries whose resource is there already. */
interface Work {
  readonly changes: readonly PlannedChange[];
  readonly matches: readonly PlannedEntry[];
}

/** The caller, and what the entries share while their content is checked. */
interface Checking {
  readonly context: RequestContext;
  readonly checked: CheckedEntries;
  readonly targets: LinkTargets;
}

export interface TransactionCircumstances {
  readonly prefer?: PreferredReturn | undefined;
  readonly once?: IdempotentRequest | undefined;
  /** Bytes that what it reads may have in the answer. */
  readonly responseLimit: number;
}

/** https://hl7.org/fhir/R4/http.html#transaction: all entries or none, DELETE – POST – PUT and PATCH – GET. */
@Injectable()
export class TransactionInteraction {
  constructor(
    readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
    private readonly patchInteraction: PatchInteraction,
    private readonly reading: ReadEntryInteraction,
    readonly conditions: ConditionReader,
    private readonly operations: EntryOperations,
    @Inject(FHIR_OPTIONS) readonly options: FhirOptions,
    private readonly questions: QuestionBudgets,
  ) {}

  /** The transaction-response Bundle as text. */
  run(context: RequestContext, bundle: SentBundle, sent: TransactionCircumstances): Promise<string> {
    return decidedAgain(() => this.decideAndRun(context, bundle, sent));
  }

  /** Carries entries that only store resources out, and then `beside` in the same transaction; makes no answer. */
  store(
    context: RequestContext,
    bundle: SentBundle,
    beside: (tx: ResourceRepository, written: readonly Written[]) => Promise<void>,
  ): Promise<void> {
    return decidedAgain(async () => {
      const planner = await EntryPlanner.of(context, await this.read(context, bundle), this);
      const workIn = await this.prepare(context, planner);
      await this.resources.transaction(context.caller, async (tx) => {
        const { changes } = await workIn(tx);
        await beside(tx, changes.length === 0 ? [] : await writeAll(tx, changes));
      });
    });
  }

  private async decideAndRun(
    context: RequestContext,
    bundle: SentBundle,
    sent: TransactionCircumstances,
  ): Promise<string> {
    this.questions.startBundle(context);
    const entries = await this.read(context, bundle);
    await collectFailures(entries, (entry) => requireOperation(entry, sent.once));
    for (const entry of entries) noteOperation(context, entry);
    const planner = await EntryPlanner.of(context, entries, this);
    const workIn = await this.prepare(context, planner);
    const answers = await this.resources.transaction(context.caller, async (tx) => {
      const answered = new WrittenAnswers(context, tx, { base: this.options.base, prefer: sent.prefer });
      const results = await tx.once(
        sent.once,
        () => reachOf(context, typesOf(entries)),
        async () => write(tx, await workIn(tx), answered),
      );
      const texts = new Map(await answered.of(results));
      // Reads come last, and hold up others as long as the transaction does.
      const budget = new AnswerBudget({
        responseLimit: sent.responseLimit,
        statementTimeout: this.options.statementTimeout,
      });
      for (const entry of inOrderOfReading(entries)) {
        texts.set(entry.index, await atEntry(entry.index, () => this.reading.answer(context, entry, budget, tx)));
      }
      return texts;
    });
    return bundleText(
      'transaction-response',
      [],
      entries.map(({ index }) => answers.get(index) ?? doneEntry),
    );
  }

  private async read(context: RequestContext, bundle: SentBundle): Promise<readonly BundleEntry[]> {
    const { conditions, operations } = this;
    const [rules, turns] = [{ context, conditions, operations }, new Turns()];
    const entries: BundleEntry[] = [];
    const failures: EntryFailure[] = [];
    for (let index = 0; index < bundle.count; index++) {
      await turns.next();
      const json = await bundle.entry(index);
      try {
        entries.push(readEntry(json, index, rules));
      } catch (error) {
        if (!isOfOneEntry(error)) throw error;
        failures.push({ index, error });
      }
    }
    throwFailures(failures);
    return entries;
  }

  /**
   * Checks the content of all entries before a connection is taken. Which resources conditions mean is known in the transaction alone: what it
   * finds the same is not checked again, and what is wrong is said by it (docs/adr/0142).
   */
  private async prepare(
    context: RequestContext,
    planner: EntryPlanner,
  ): Promise<(tx: ResourceRepository) => Promise<Work>> {
    const checked = new CheckedEntries();
    if (planner.isUnconditional) {
      const steady = await this.work(context, await planner.planned(), checked);
      await this.prepareEdits(steady);
      return () => Promise.resolve(steady);
    }
    try {
      await this.prepareEdits(await this.work(context, await planner.plan(this.resources), checked));
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
    }
    return async (tx) => this.work(context, await planner.plan(tx), checked);
  }

  private async prepareEdits({ changes }: Work): Promise<void> {
    await this.resources.prepareWrite(changes.map(({ change }) => change));
  }

  private async work(context: RequestContext, { entries, matches }: Plan, checked: CheckedEntries): Promise<Work> {
    const targets = linkTargets(entries);
    const writing = entries.filter(({ action }) => action !== 'read' && action !== 'match');
    checked.follow(targets);
    const made = madeBy(entries);
    const linked = await collectFailures(writing, (entry) => linkEntry(entry, targets, { matches, made }));
    return {
      changes: await this.changes(linked, { context, checked, targets }),
      matches: entries.filter(({ action }) => action === 'match'),
    };
  }

  /** The writes in the order of R4, checked; one answer names every entry whose content is not valid. */
  private async changes(entries: readonly PlannedEntry[], within: Checking): Promise<readonly PlannedChange[]> {
    const changes: PlannedChange[] = [];
    const failures: EntryFailure[] = [];
    for (const methods of [['DELETE'], ['POST'], ['PUT', 'PATCH']]) {
      for (const entry of entries) {
        if (!methods.includes(methodOf(entry))) continue;
        try {
          changes.push({ entry, change: await this.change(entry, within) });
        } catch (error) {
          if (!isOfOneEntry(error)) throw error;
          failures.push({ index: entry.index, error });
        }
      }
    }
    throwFailures(failures.toSorted((one, other) => one.index - other.index));
    return changes;
  }

  private async change(entry: PlannedEntry, { context, checked, targets }: Checking): Promise<Change> {
    const { action, index } = entry;
    const { type } = entry.interaction;
    const address = { type, id: entry.id! };
    const condition = conditionOf(entry);
    if (action === 'delete') return { kind: action, access: context.accessTo(type, 'd'), ...address, ...condition };
    if (action === 'patch') {
      const patch = linkedPatch(patchOfEntry(entry.resource!), targets);
      const edit = () => this.patchInteraction.edit(context, address, { patch });
      return { ...checked.edit(index, address.id, edit), ...condition };
    }
    const interaction = action === 'create' ? action : 'update';
    const resource = entry.resource!;
    const content = await checked.content(index, { interaction, resource }, () =>
      this.hooks.run({ interaction, type, resource, context }),
    );
    return interaction === 'create'
      ? { kind: interaction, access: context.accessTo(type, 'c'), ...address, ...content }
      : {
          kind: interaction,
          access: context.accessTo(type, 'u'),
          reading: context.accessIfAny(type, 'r'),
          ...address,
          ...content,
          ...condition,
        };
  }
}

async function write(
  tx: ResourceRepository,
  { changes, matches }: Work,
  answers: WrittenAnswers,
): Promise<readonly EntryResult[]> {
  const written = await writeAll(tx, changes);
  return [
    ...changes.map(({ entry }, position) => ({
      entry,
      version: written[position]!,
      told: summaryOf(written[position]!),
    })),
    ...matches.map((entry) => ({ entry, version: entry.matched!, told: summaryOfMatch(entry.matched!) })),
  ].map(({ entry, version, told }) => {
    answers.keep(told, version);
    return { index: entry.index, told };
  });
}

async function writeAll(tx: ResourceRepository, changes: readonly PlannedChange[]): Promise<readonly Written[]> {
  try {
    return await tx.write(changes.map(({ change }) => change));
  } catch (error) {
    if (error instanceof ChangesFailed) {
      throwFailures(error.failures.map((failure) => ({ ...failure, index: changes[failure.index]!.entry.index })));
    }
    throw error;
  }
}

const isChanging = ({ operation }: BundleEntry): boolean => operation?.affectsState === true;

/** Operations that change something, then what reads, so that it sees all changes. */
const inOrderOfReading = (entries: readonly BundleEntry[]): readonly BundleEntry[] => {
  const reading = entries.filter(isReading);
  return [...reading.filter(isChanging), ...reading.filter((entry) => !isChanging(entry))];
};

const typesOf = (entries: readonly BundleEntry[]): readonly string[] =>
  [...new Set(entries.map(({ interaction: { type } }) => type))].filter((type) => type !== '');

/** Addresses of which there is no version yet. */
const madeBy = (entries: readonly PlannedEntry[]): ReadonlySet<string> =>
  new Set(entries.filter(({ action }) => action === 'create').map(addressOf));

const methodOf = ({ interaction: { kind } }: BundleEntry): string =>
  kind === 'create' ? 'POST' : kind === 'update' ? 'PUT' : kind.toUpperCase();

function conditionOf({ ifMatch, ifNoneMatch, matched, unmatched }: PlannedEntry) {
  return {
    ...(ifMatch !== undefined && { ifMatch }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(matched && { matched }),
    ...(unmatched !== undefined && { unmatched }),
  };
}
