import type { Access } from '../../scope/access.js';
import type { Criterion } from '../search/criterion.js';
import { allOf, anyOf, filtersPredicate } from './predicate.js';
import type { BindParameters } from './statement.js';

/** What compiles criteria beside the row they are about. */
export interface CriteriaScope {
  readonly parameters: BindParameters;
  /** The caller's access to the rows of another type: its predicate goes on each row source (decision 2). */
  readonly accessTo: (type: string) => Access<'s'>;
}

/** The SQL condition that `row` satisfies all criteria. */
export const criteriaPredicate = (criteria: readonly Criterion[], row: string, scope: CriteriaScope): string =>
  allOf(criteria.map((criterion) => criterionPredicate(criterion, row, scope)));

function criterionPredicate(criterion: Criterion, row: string, scope: CriteriaScope): string {
  switch (criterion.kind) {
    case 'filter':
      return filtersPredicate([criterion.filter], row, scope.parameters);
    case 'not':
      return `(${criterionPredicate(criterion.of, row, scope)}) IS NOT TRUE`;
    case 'all':
      return criteriaPredicate(criterion.of, row, scope);
    case 'any':
      return anyOf(criterion.of.map((one) => criterionPredicate(one, row, scope)));
    default:
      throw new Error(`A criterion of kind ${criterion.kind} cannot run yet.`);
  }
}
