/** The steps of a decision about a request of an authenticated caller, in their order. */
export type DecisionStep = 'request' | 'scopes' | 'context' | 'policies' | 'reach' | 'withholding';

/** Meaning of a stable reason code: HTTP status, OperationOutcome issue type, and prose for `/docs/access`. */
export interface Reason {
  readonly status: 400 | 401 | 403 | 404 | 410 | 429 | 503;
  /** https://hl7.org/fhir/R4/valueset-issue-type.html */
  readonly issue: 'login' | 'expired' | 'forbidden' | 'suppressed' | 'throttled' | 'transient' | 'invalid' | 'unknown';
  readonly title: string;
  readonly meaning: string;
  readonly cure: string;
  /** Step of `$explain-access` that shows it; absent for refusals outside a decision. */
  readonly step?: DecisionStep;
}

/** Prose for callers: the title, what happened, what to do. */
type Prose = readonly [title: string, meaning: string, cure: string];

/** Completes the prose of one family of reasons. */
export const reason = (
  status: Reason['status'],
  issue: Reason['issue'],
  [title, meaning, cure]: Prose,
  step?: DecisionStep,
): Reason => ({ status, issue, title, meaning, cure, ...(step && { step }) });

export const unauthenticated = (...prose: Prose): Reason => reason(401, 'login', prose);
export const forbidden = (step: DecisionStep, ...prose: Prose): Reason => reason(403, 'forbidden', prose, step);
