import { LRUCache } from 'lru-cache';
import type { FarAnswer, FarQuestion, FarTerminology, NoAnswer } from '../../../terminology/far-terminology.js';
import type { ValueSet } from '../../../terminology/value-sets/value-set.js';

/** Items of the value sets that are kept, and answers about codes. */
const mostItems = 100_000;

interface Kept {
  readonly found: ValueSet | boolean | undefined;
}

/** Answers of other terminology servers that count for a while, for all runs. */
export type FarStore = LRUCache<string, Kept>;

export const farStore = (): FarStore => new LRUCache({ maxSize: mostItems });

/**
 * Answers of other terminology servers for one resource. What is not known yet is noted, and asked after the run; an answer counts until the
 * resource is done, however soon it expires.
 */
export class FarAnswers {
  private readonly answers = new Map<string, FarAnswer<ValueSet | boolean>>();
  private readonly sets = new Map<string, string>();
  private readonly questions = new Map<string, FarQuestion>();

  constructor(
    private readonly servers: FarTerminology,
    private readonly store: FarStore,
  ) {}

  /** True if something has to be asked before the next round. */
  get isOpen(): boolean {
    return this.sets.size > 0 || this.questions.size > 0;
  }

  /** Undefined: no server has it, or it is to be asked before the next round. */
  valueSet(canonical: string): ValueSet | NoAnswer | undefined {
    const key = `value set ${canonical}`;
    return this.known(key, () => this.sets.set(key, canonical)) as ValueSet | NoAnswer | undefined;
  }

  isMember(question: FarQuestion): boolean | NoAnswer | undefined {
    const { system, code, filters, isBound } = question;
    const key = `code ${JSON.stringify([system, code, filters, isBound])}`;
    return this.known(key, () => this.questions.set(key, question)) as boolean | NoAnswer | undefined;
  }

  /** Asks all that was noted. */
  async ask(): Promise<void> {
    const [sets, questions] = [[...this.sets], [...this.questions]];
    this.sets.clear();
    this.questions.clear();
    const found = await this.servers.valueSets(sets.map(([, canonical]) => canonical));
    for (const [i, [key]] of sets.entries()) this.keep(key, found[i]!);
    const answers = await this.servers.members(questions.map(([, question]) => question));
    for (const [i, [key]] of questions.entries()) this.keep(key, answers[i]!);
  }

  private known(key: string, note: () => void): ValueSet | boolean | NoAnswer | undefined {
    const answer = this.answers.get(key) ?? this.store.get(key);
    if (answer) return 'noAnswer' in answer ? answer.noAnswer : answer.found;
    note();
    return undefined;
  }

  private keep(key: string, answer: FarAnswer<ValueSet | boolean>): void {
    this.answers.set(key, answer);
    if ('noAnswer' in answer || answer.keepMs <= 0) return;
    const { found, keepMs } = answer;
    this.store.set(key, { found }, { ttl: keepMs, size: typeof found === 'object' ? found.size + 1 : 1 });
  }
}

export const isNoAnswer = (answer: ValueSet | boolean | NoAnswer | undefined): answer is NoAnswer =>
  typeof answer === 'object' && 'reason' in answer;
