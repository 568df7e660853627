import type { SortRule } from '../search/search-request.js';

/** Parameters by whose order an index can be walked, and the direction in which it is (migration 1700000012000). */
const newestFirst: Readonly<Record<string, string>> = {
  Observation: 'date',
  Encounter: 'date',
  Condition: 'recorded-date',
  DiagnosticReport: 'date',
  DocumentReference: 'date',
  Procedure: 'date',
  Immunization: 'date',
  MedicationRequest: 'authoredon',
};

const firstToLast: Readonly<Record<string, readonly string[]>> = { Patient: ['birthdate', 'family', 'name'] };

/** Whether the only sort key of a search of the type has an index. */
export function isIndexedOrder(type: string, [rule, ...others]: readonly SortRule[]): boolean {
  if (!rule || others.length > 0) return false;
  return rule.descending ? newestFirst[type] === rule.by : firstToLast[type]?.includes(rule.by) === true;
}
