import type { JsonObject } from '../../../json/json.js';
import type { DefinitionSource, MemberQuestion } from '../../../model/definition-source.js';
import type { FarTerminology, NoAnswer } from '../../../terminology/far-terminology.js';
import type { ValueSet } from '../../../terminology/value-sets/value-set.js';
import { FarAnswers, type FarStore, farStore, isNoAnswer } from './far-answers.js';
import { builtInDefinition, type DefinitionKind } from './built-in-definitions.js';

const mostKnown = 4000;
const mostUnknown = 1000;
const mostMembers = 10_000;
/** Rounds of asking: a profile, its base, their value sets, those these import, and so on. */
const mostRounds = 100;

type Wanted = readonly [DefinitionKind, string];

/** Definitions that were read, and what was made of them; for all runs. */
export class DefinitionStore {
  readonly known = new Map<string, JsonObject>();
  readonly unknown = new Set<string>();
  readonly derived = new Map<string, unknown>();
  /** Answers about single codes; undefined: nothing can be said. */
  readonly members = new Map<string, boolean | undefined>();
  private far: FarStore | undefined;
  private revision: string | undefined;

  constructor(private readonly source: DefinitionSource) {}

  /** Does the work until nothing is missing. It must give the same for the same definitions. `servers`: asked about what is not here. */
  async settle<T>(work: (definitions: KnownDefinitions) => Promise<T>, servers?: FarTerminology): Promise<T> {
    const far = servers && new FarAnswers(servers, (this.far ??= farStore()));
    for (let round = 0; ; round++) {
      if (this.revision !== this.source.revision) this.forget();
      const definitions = new KnownDefinitions(this, far);
      const result = await work(definitions);
      if (definitions.isSettled || round >= mostRounds) return result;
      await this.complete(definitions);
      await far?.ask();
    }
  }

  private async complete({ missing, asked }: KnownDefinitions): Promise<void> {
    if (missing.length > 0) await this.fetch(missing);
    if (asked.length > 0) await this.ask(asked);
  }

  private forget(): void {
    this.revision = this.source.revision;
    this.known.clear();
    this.unknown.clear();
    this.derived.clear();
    this.members.clear();
  }

  private async fetch(wanted: readonly Wanted[]): Promise<void> {
    if (this.known.size + wanted.length > mostKnown) this.forget();
    if (this.unknown.size + wanted.length > mostUnknown) this.unknown.clear();
    for (const kind of new Set(wanted.map(([one]) => one))) {
      const canonicals = wanted.filter(([one]) => one === kind).map(([, canonical]) => canonical);
      const found = await this.source.find(kind, canonicals);
      for (const [i, canonical] of canonicals.entries()) {
        this.keep(`${kind} ${canonical}`, found[i]?.resource ?? builtInDefinition(kind, canonical));
      }
    }
  }

  private async ask(questions: readonly MemberQuestion[]): Promise<void> {
    if (this.members.size + questions.length > mostMembers) this.members.clear();
    const answers = (await this.source.members?.(questions)) ?? [];
    for (const [i, question] of questions.entries()) this.members.set(memberKey(question), answers[i]);
  }

  private keep(key: string, definition: JsonObject | undefined): void {
    if (definition) this.known.set(key, definition);
    else this.unknown.add(key);
  }
}

const memberKey = ({ system, code, filters }: MemberQuestion): string => JSON.stringify([system, code, filters]);

/**
 * Definitions at hand for one run, which does not wait for any: what is not here is noted, fetched after the run, and the run done once more. So
 * the closure of a profile is read when it is first used, and never before.
 */
export class KnownDefinitions {
  private readonly wanted = new Map<string, Wanted>();
  private readonly questions = new Map<string, MemberQuestion>();
  private misses = 0;
  /** The last answer that another server did not give. */
  noAnswer: NoAnswer | undefined;

  constructor(
    private readonly store: DefinitionStore,
    private readonly far?: FarAnswers,
  ) {}

  /** True if nothing was asked for that is still to be fetched. */
  get isSettled(): boolean {
    return this.wanted.size === 0 && this.questions.size === 0 && this.far?.isOpen !== true;
  }

  get missing(): readonly Wanted[] {
    return [...this.wanted.values()];
  }

  get asked(): readonly MemberQuestion[] {
    return [...this.questions.values()];
  }

  /**
   * True for a code of a code system that has its concepts elsewhere; undefined: not known, or to be asked before the next round.
   * `isBound`: a value set asks.
   */
  isMember(question: MemberQuestion, isBound: boolean): boolean | 'unanswered' | undefined {
    const key = memberKey(question);
    const { members } = this.store;
    if (!members.has(key)) {
      this.questions.set(key, question);
      return undefined;
    }
    return members.get(key) ?? this.noted(this.far?.isMember({ ...question, isBound }));
  }

  /** A value set that is not here; undefined: no other server has it, or it is to be fetched before the next round. */
  farValueSet(canonical: string): ValueSet | 'unanswered' | undefined {
    return this.lacks('ValueSet', canonical) ? this.noted(this.far?.valueSet(canonical)) : undefined;
  }

  /** True if it is certain that there is no such definition here, and another server may have one. */
  isFar(kind: DefinitionKind, canonical: string): boolean {
    return this.far !== undefined && this.lacks(kind, canonical);
  }

  private lacks(kind: DefinitionKind, canonical: string): boolean {
    return this.store.unknown.has(`${kind} ${canonical}`);
  }

  private noted<T extends ValueSet | boolean>(answer: T | NoAnswer | undefined): T | 'unanswered' | undefined {
    if (!isNoAnswer(answer)) return answer;
    this.noAnswer = answer;
    return 'unanswered';
  }

  /** Undefined: not known, or to be fetched before the next round. */
  get(kind: DefinitionKind, canonical: string): JsonObject | undefined {
    const key = `${kind} ${canonical}`;
    const found = this.store.known.get(key);
    if (found === undefined && !this.store.unknown.has(key)) {
      this.misses++;
      this.wanted.set(key, [kind, canonical]);
    }
    return found;
  }

  /** Derives a value from definitions, once; not kept while some of them are still to be fetched. */
  derive<T>(key: string, make: () => T): T {
    const { derived } = this.store;
    if (derived.has(key)) return derived.get(key) as T;
    const before = this.misses;
    const made = make();
    if (this.misses === before) derived.set(key, made);
    return made;
  }
}
