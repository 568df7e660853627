import type { BindParameters } from '../session/statement.js';

/**
 * Where chains and `_has` are followed from. `rows`: from each row that is looked at, where few are anyway. `far-ends`: what satisfies
 * their criteria is found first, and then what refers to it, or what it refers to.
 */
export type LinksFrom = 'rows' | 'far-ends';

/** Context of the compilation of criteria, beside the row they are about. */
export interface CriteriaScope {
  readonly parameters: BindParameters;
  /** The condition that a row of another type may be looked at: it goes on each row source (docs/adr/0004). */
  readonly reach: (type: string, row: string) => string;
  /** Where links are followed from; absent: from their far ends. */
  readonly linksFrom?: LinksFrom;
  /**
   * True if only one record is within reach. Nested links then lead to few rows, and are followed as sets, once for all rows, from
   * their far end: from row to row, the number of looks would multiply with each link.
   */
  readonly isOfRecord?: boolean;
  /** The type whose index of leading codes is used, since many of its current rows may match: it tells the planner how frequent codes are. */
  readonly leadingCodesOf?: string | undefined;
}
