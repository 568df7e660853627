import type { Access } from '../../scope/access.js';
import type { BindParameters } from './statement.js';

/** What compiles criteria beside the row they are about. */
export interface CriteriaScope {
  readonly parameters: BindParameters;
  /** The caller's access to the rows of another type: its predicate goes on each row source (decision 2). */
  readonly accessTo: (type: string) => Access<'s'>;
  /**
   * Whether few rows are looked at anyway: then chains are followed from each of them, otherwise what they lead to is
   * found first.
   */
  readonly isBound?: boolean;
}
