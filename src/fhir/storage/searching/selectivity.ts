import type { Access } from '../../../scope/access.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { commonRules } from '../predicates/predicate.js';
import { selectsFew } from '../predicates/selects-few.js';

/** The requested resources, and the reach of the caller. */
interface Asked {
  readonly access: Access;
  readonly criteria: readonly Criterion[];
}

/** True if only one record is within reach. */
export const isOfRecord = (access: Access): boolean =>
  access.grants.every(({ within, only }) => within?.membership === 'compartment' || only !== undefined);

/** The criteria of the search, and the rules that every grant of the access has. */
export const requiredOf = ({ access, criteria }: Asked): readonly Criterion[] => [
  ...criteria,
  ...(commonRules(access.grants) ?? []),
];

/** True if few rows of a partition are looked at: those of one record, or of ids, identifiers or a patient asked for. */
export const looksAtFew = (asked: Asked): boolean => isOfRecord(asked.access) || requiredOf(asked).some(selectsFew);

/** True if few rows of a partition match, as far as criteria tell: also those that chains lead to. */
export const isSelective = (asked: Asked): boolean => looksAtFew(asked) || requiredOf(asked).some(isLinked);

/** True if every row that satisfies the criterion is one that references lead to. */
function isLinked(criterion: Criterion): boolean {
  if (criterion.kind === 'any') return criterion.of.every(isLinked);
  if (criterion.kind === 'all') return criterion.of.some(isLinked);
  return criterion.kind === 'chain' || criterion.kind === 'has' || criterion.kind === 'hierarchy';
}
