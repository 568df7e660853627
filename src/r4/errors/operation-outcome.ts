import type { Issue } from './fhir-error.js';

/** https://hl7.org/fhir/R4/operationoutcome.html */
export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly Issue[];
}

/** An OperationOutcome of these issues; `error` is their severity unless they say another. */
export const operationOutcome = (issues: readonly Issue[]): OperationOutcome => ({
  resourceType: 'OperationOutcome',
  issue: issues.map((issue) => ({ severity: 'error', ...issue })),
});
