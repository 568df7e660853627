/**
 * Parameters of the index for the newest rows of a code, for a type that has it: `date` is the parameter that orders
 * the index, `code` the one whose first code leads it. Part of the form of all entries (index-layout.ts).
 */
export interface LeadingValues {
  readonly date: string;
  readonly code?: string;
}

export const leadingValues: ReadonlyMap<string, LeadingValues> = new Map<string, LeadingValues>([
  ['Observation', { date: 'date', code: 'code' }],
  ['Encounter', { date: 'date', code: 'type' }],
  ['Condition', { date: 'recorded-date', code: 'code' }],
  ['DiagnosticReport', { date: 'date', code: 'code' }],
  ['DocumentReference', { date: 'date', code: 'type' }],
  ['Procedure', { date: 'date', code: 'code' }],
  ['Immunization', { date: 'date', code: 'vaccine-code' }],
  ['MedicationRequest', { date: 'authoredon', code: 'code' }],
  ['Patient', { date: 'birthdate' }],
]);

/** Returns the entry of the first code, of any system; its hash leads `tokens`. */
export const leadingEntry = (parameter: string, code: string): string => `${parameter}\u001f${code}`;

/** Its hash is among those of a row that has the code, and another before it. */
export const furtherEntry = (parameter: string, code: string): string => `${parameter}:further\u001f${code}`;

/** Its hash is among those of a row whose dates span more than {@link narrowest}, or have several beginnings. */
export const wideEntry = (parameter: string): string => `${parameter}:wide`;

/** The longest day there is, in microseconds. A row whose dates span no more, from one beginning, begins no longer before an interval that they meet. */
export const narrowest = 25n * 3_600_000_000n;
