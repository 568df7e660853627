import { leadingValues } from '../../../r4/search/index/leading-values.js';
import type { SortRule } from '../../../r4/search/query/search-request.js';

/** The slot of a type's leading date, which migrations 1700000012000 and 1700000013000 have indexes of. */
export const dateSlots: ReadonlyMap<string, number> = new Map([
  ['Observation', 4],
  ['Encounter', 2],
  ['Condition', 6],
  ['DiagnosticReport', 2],
  ['DocumentReference', 2],
  ['Procedure', 2],
  ['Immunization', 2],
  ['MedicationRequest', 2],
  ['Patient', 2],
]);

/** An end of the dates of `row` that an index of the type begins with. */
export function dateKey(type: string, row: string): string | undefined {
  const slot = dateSlots.get(type);
  return slot === undefined ? undefined : `(${row}.num_${type === 'Patient' ? 'low' : 'high'})[${slot}]`;
}

const texts: Readonly<Record<string, readonly string[]>> = { Patient: ['family', 'name'] };

/** True if an index of the type has the order of the only sort key. */
export function isIndexedOrder(type: string, sort: readonly SortRule[]): boolean {
  if (isDateOrder(type, sort)) return type !== 'Patient' || !sort[0]?.descending;
  const [rule, ...others] = sort;
  return rule !== undefined && others.length === 0 && !rule.descending && texts[type]?.includes(rule.by) === true;
}

/** True if the only sort key is the type's leading date. */
export const isDateOrder = (type: string, [rule, ...others]: readonly SortRule[]): boolean =>
  rule !== undefined && others.length === 0 && leadingValues.get(type)?.date === rule.by;
