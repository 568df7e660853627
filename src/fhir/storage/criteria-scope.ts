import type { BindParameters } from './statement.js';

/** What compiles criteria beside the row they are about. */
export interface CriteriaScope {
  readonly parameters: BindParameters;
  /** The condition that a row of another type may be looked at: it goes on each row source (docs/adr/0004). */
  readonly reach: (type: string, row: string) => string;
  /**
   * Whether few rows are looked at anyway: then chains are followed from each of them, otherwise what they lead to is
   * found first.
   */
  readonly isBound?: boolean;
  /**
   * Whether nothing but one record is within reach. What nested links lead to is few then, and found as sets, from their far end,
   * once for all rows: following each from every row multiplies what each of them leads to.
   */
  readonly isOfRecord?: boolean;
  /** The type of current rows of which many may match: the planner is told how frequent their codes are. */
  readonly ofMany?: string | undefined;
}
