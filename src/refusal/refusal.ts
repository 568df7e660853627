import { FhirError, type Issue } from '../r4/errors/fhir-error.js';
import { reasons, type ReasonCode } from './reasons.js';

/** One failing check: a stable code, the fact, and the cure. A function of token, request and configuration only. */
export interface Refusal {
  readonly code: ReasonCode;
  /** The fact, cleaned of control characters. */
  readonly fact: string;
  /** Advice for the person who gets it. */
  readonly cure: string;
  /** Smallest sufficient SMART scopes in v2 form, when a scope would help. */
  readonly scopes?: readonly string[];
  /** FHIRPath of the bundle entry or element concerned. */
  readonly expression?: readonly string[];
}

/** Everything that forbids one request, in the order of the checks. */
export class Refused extends FhirError {
  readonly status: number;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly refusals: readonly [Refusal, ...Refusal[]],
    options: { readonly status?: number; readonly retryAfterSeconds?: number } = {},
  ) {
    super(...refusals.map(issueOf));
    this.status = options.status ?? Math.min(...refusals.map(({ code }) => reasons[code].status));
    this.headers = options.retryAfterSeconds === undefined ? {} : { 'retry-after': String(options.retryAfterSeconds) };
  }
}

/** Text for answers that have room for one line, as OAuth's `error_description`. */
export const describeRefusals = ({ refusals }: Refused): string =>
  refusals.map(({ code, fact, cure }) => `${code}: ${fact} ${cure}`).join(' ');

function issueOf({ code, fact, cure, expression }: Refusal): Issue {
  return {
    severity: 'error',
    code: reasons[code].issue,
    details: { coding: [{ code }], text: fact },
    diagnostics: cure,
    ...(expression && { expression }),
  };
}
