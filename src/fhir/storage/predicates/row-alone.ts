import type { Grant, Within } from '../../../scope/grant.js';
import { rulesOf } from '../../../scope/grant.js';
import { typesOf } from '../../../r4/search/query/criterion.js';

/**
 * True if the predicate of the grants reads nothing but the row that it judges, so that content can be judged before it is stored:
 * whatever looks at other rows may meet the version of before.
 */
export const readsRowAlone = (grants: readonly Grant[]): boolean =>
  grants.every((grant) => isPlain(grant.within) && !judgesOthers(grant.withheld) && typesOf(rulesOf(grant)).size === 0);

const isPlain = (within: Within | undefined): boolean =>
  within === undefined ||
  (within.membership === 'compartment' && within.owner.kind === 'patient' && within.sources === undefined);

const judgesOthers = (withheld: Grant['withheld']): boolean =>
  withheld !== undefined && Boolean(withheld.consent ?? withheld.limited ?? withheld.through);
