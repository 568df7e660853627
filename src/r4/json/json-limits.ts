import { FhirError } from '../errors/fhir-error.js';

/** Limits of a document that a client sends. */
export interface DocumentLimits {
  /** Levels that it may nest. */
  readonly depthLimit: number;
  /** Objects, arrays, strings, numbers and literals in one resource. */
  readonly valuesLimit: number;
}

/** Names in one object: no type of R4 has a tenth of it, and an object is looked through in one go. */
export const mostNames = 1000;

/** Characters of one number: R4 asks for 18 digits, and arithmetic with more takes its time. */
export const longestNumber = 1000;

/** 413: more values than the limit. */
export class TooManyValues extends FhirError {
  readonly status = 413;
  constructor(limit: number, place: string, advice = 'Send it in smaller parts.') {
    super({
      code: 'too-costly',
      diagnostics:
        `${place} holds more than ${limit} values (setting VALUES_LIMIT): objects, arrays, strings, numbers and literals ` +
        `count one each. ${advice}`,
      ...(/^[A-Z]\w*(?:\.\w+(?:\[\d+\])?)*$/.test(place) && { expression: [place] }),
    });
  }
}
