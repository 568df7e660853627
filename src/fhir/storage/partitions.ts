import { wholeEvents } from './audit/whole-events.js';
import { tenant } from './session/tenant-parameter.js';

/** Types with a partition of their own: most rows of a record are of these, and each request makes an AuditEvent. */
export const heavyTypes = [
  'AuditEvent',
  'CarePlan',
  'Claim',
  'Condition',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'ExplanationOfBenefit',
  'Immunization',
  'MedicationRequest',
  'Observation',
  'Patient',
  'Procedure',
] as const;

const suffixes = new Map<string, string>(heavyTypes.map((type) => [type, type.toLowerCase()]));

/** True if the partition of the type has no rows of others. */
export const hasOwnTable = (type: string): boolean => suffixes.has(type);

/** The partition of a type. Statements name it: a query of the parent locks every partition and index. */
export const tableOf = (type: string): string => `resource_${suffixes.get(type) ?? 'other'}`;

/** The rows of a type as they are read: those of AuditEvents are put together. */
export const wholeRowsOf = (type: string): string => wholeRows(tableOf(type), [type]);

/** The rows of a table that has these types. */
export const wholeRows = (table: string, types: readonly string[]): string =>
  types.includes('AuditEvent') ? wholeEvents(table) : table;

export const historyTableOf = (type: string): string => `resource_history_${suffixes.get(type) ?? 'other'}`;

/** The row source of what `reference`, an SQL text `Type/id`, names; see the migration of `lanyard_resource`. */
export const referred = (reference: string): string =>
  `lanyard_resource(${tenant}, split_part(${reference}, '/', 1), split_part(${reference}, '/', 2))`;
