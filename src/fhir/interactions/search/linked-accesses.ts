import { Refused, type Refusal } from '../../../refusal/refusal.js';
import type { Access } from '../../../scope/access.js';
import type { Permission } from '../../../scope/grammar/permission.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { type Criterion, typesOf } from '../../../r4/search/query/criterion.js';

/** The accesses to what chains and `_has` lead to, by type. Throws {@link Refused} with the reasons of all types out of reach. */
export const linkedAccesses = (context: RequestContext, criteria: readonly Criterion[]): readonly Access<'s'>[] =>
  allAccesses(context, [...typesOf(criteria)].toSorted(), 's');

/** The accesses to all types; throws {@link Refused} with the reasons of all that are out of reach. */
export function allAccesses<P extends Permission>(
  context: RequestContext,
  types: readonly string[],
  permission: P,
): readonly Access<P>[] {
  const accesses: Access<P>[] = [];
  const refusals: Refusal[] = [];
  for (const type of types) {
    try {
      accesses.push(context.accessTo(type, permission));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusals.push(...error.refusals);
    }
  }
  const [first, ...others] = refusals;
  if (first) throw new Refused([first, ...others]);
  return accesses;
}
