import type { BindParameters } from '../session/statement.js';

/** Context of the compilation of criteria, beside the row they are about. */
export interface CriteriaScope {
  readonly parameters: BindParameters;
  /** The condition that a row of another type may be looked at: it goes on each row source (docs/adr/0004). */
  readonly reach: (type: string, row: string) => string;
  /**
   * True if few rows are looked at anyway: then chains are followed from each of them, otherwise the rows they lead to
   * are found first.
   */
  readonly isBound?: boolean;
  /**
   * True if only one record is within reach. Nested links then lead to few rows, and are followed as sets, once for all rows, from
   * their far end: from row to row, the number of looks would multiply with each link.
   */
  readonly isOfRecord?: boolean;
  /** The type of current rows of which many may match: the planner is told how frequent their codes are. */
  readonly ofMany?: string | undefined;
}
