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

/** The beginning of the first or the last of the leading dates of `row` that an index of the type begins with, in microseconds. */
export function dateKey(type: string, row: string): string | undefined {
  const slot = dateSlots.get(type);
  return slot === undefined ? undefined : `(${row}.num_${type === 'Patient' ? 'low' : 'high'})[${slot}]`;
}

/** Types that migration 1700000058000 has indexes of, patient by patient. */
export const patientIndexes: ReadonlySet<string> = new Set([
  'Observation',
  'Encounter',
  'Condition',
  'DiagnosticReport',
  'DocumentReference',
  'Procedure',
  'Immunization',
  'MedicationRequest',
]);

/** Stands for all patients of a row that is in several records; no id is or follows it. */
export const ofSeveral = { value: '~', sql: `'~'` } as const;

/** The id of the patient in whose record `row` is, as those indexes have it; null where it is in none. */
export const onlyPatient = (row: string): string =>
  `(CASE WHEN ${row}.compartments[2] IS NULL THEN substr(${row}.compartments[1], 9) ELSE ${ofSeveral.sql} END COLLATE "C")`;

/** All patients of `row`, as the indexes of migration 1700000073000 have them, of the rows of several; the plain column has an index of all rows. */
export const ownersOfSeveral = (row: string): string => `${row}.compartments[1:]`;

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
