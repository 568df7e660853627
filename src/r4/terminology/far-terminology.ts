import type { MemberQuestion } from '../model/definition-source.js';
import type { ValueSet } from './value-sets/value-set.js';

/**
 * Why another server gave no answer: it does not answer at all; enough was asked for one resource or one call; or it
 * answers that it cannot tell.
 */
export interface NoAnswer {
  readonly reason: 'away' | 'limit' | 'unclear';
  /** Host of the server. */
  readonly server: string;
}

/** Answer of another terminology server; `found` undefined: no server has it. */
export type FarAnswer<T> =
  | {
      readonly found: T | undefined;
      /** Milliseconds for which it counts for other resources as well. */
      readonly keepMs: number;
    }
  | { readonly noAnswer: NoAnswer };

/** A {@link MemberQuestion} that nothing here answers. */
export interface FarQuestion extends MemberQuestion {
  /** The code is one of a value set that a definition names; otherwise it stands in content, bound or not. */
  readonly isBound: boolean;
}

/** Other terminology servers, asked about what is neither installed nor R4's own (docs/adr/0122). */
export interface FarTerminology {
  /** In the order of the canonicals. */
  valueSets(canonicals: readonly string[]): Promise<readonly FarAnswer<ValueSet>[]>;
  /** In the order of the questions. */
  members(questions: readonly FarQuestion[]): Promise<readonly FarAnswer<boolean>[]>;
}
