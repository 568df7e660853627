import type { Designation } from '../../../r4/terminology/concept.js';
import type { Part } from '../../../r4/terminology/read-resource.js';

/** A concept of a release of a code system, as its files say it. */
export interface ReleaseConcept {
  readonly code: string;
  readonly display?: string | undefined;
  readonly definition?: string | undefined;
  readonly designations?: readonly Designation[];
  /** As CodeSystem.concept.property has them: `code` and `value[x]`; without `parent` and `child`. */
  readonly properties?: readonly Part[];
  /** Codes right above it. */
  readonly parents?: readonly string[];
  /** Codes right below it. */
  readonly children?: readonly string[];
  /** Reference sets and lists of answers that it is in, by their code. */
  readonly memberOf?: readonly string[];
  readonly isAbstract?: boolean;
  readonly isInactive?: boolean;
}

/** A release has a fault: one line with the mistake and the cure, for the person who loads it. */
export class InvalidRelease extends Error {
  override readonly name = 'InvalidRelease';
}

/** Concepts that one row of postings takes. */
export const postingLength = 400;

/** Name of the property in `keys` that says which reference sets a concept is in; no property of a code system is called so. */
export const memberKey = '*';
