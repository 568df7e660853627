import { printable } from '../errors/request-errors.js';
import { MalformedPatch, PatchNotApplicable } from './patch-errors.js';

/** Fault of one operation, thrown by code that does not know which operation it is. */
export class OperationFault extends Error {
  override readonly name = 'OperationFault';
  constructor(
    readonly kind: 'malformed' | 'inapplicable',
    /** A code of https://hl7.org/fhir/R4/valueset-issue-type.html */
    readonly code: string,
    fact: string,
  ) {
    super(fact);
  }
}

export const malformed = (fact: string, code = 'invalid'): OperationFault =>
  new OperationFault('malformed', code, fact);
export const inapplicable = (code: string, fact: string): OperationFault =>
  new OperationFault('inapplicable', code, fact);

/** Position of an operation in its patch. */
export interface OperationPlace {
  readonly index: number;
  /** The operation in words, as far as known: `replace /name/0`. */
  readonly label?: string;
  /** FHIRPath of the operation in a `Parameters`. */
  readonly expression?: string;
}

/** Runs a part of an operation; a fault becomes the answer that names the operation. */
export function inOperation<T>(place: OperationPlace, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OperationFault)) throw error;
    const what = place.label === undefined ? '' : ` (${printable(place.label)})`;
    const issue = {
      code: error.code,
      diagnostics: `Operation [${place.index}]${what}: ${error.message}`,
      ...(place.expression !== undefined && { expression: [place.expression] }),
    };
    throw error.kind === 'malformed'
      ? new MalformedPatch(issue, place.index)
      : new PatchNotApplicable(issue, place.index);
  }
}
