import { Refused, type Refusal } from '../../../refusal/refusal.js';
import type { Access } from '../../../scope/access.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { type Criterion, typesOf } from '../../../r4/search/query/criterion.js';

/** The accesses to what chains and `_has` lead to, by type. Throws {@link Refused} with the reasons of all types out of reach. */
export function linkedAccesses(context: RequestContext, criteria: readonly Criterion[]): readonly Access<'s'>[] {
  const accesses: Access<'s'>[] = [];
  const refusals: Refusal[] = [];
  for (const type of [...typesOf(criteria)].toSorted()) {
    try {
      accesses.push(context.accessTo(type, 's'));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusals.push(...error.refusals);
    }
  }
  const [first, ...others] = refusals;
  if (first) throw new Refused([first, ...others]);
  return accesses;
}
