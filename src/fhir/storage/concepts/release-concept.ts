import { createHash } from 'node:crypto';

/** A concept of a release of a code system, as it is stored. */
export interface ReleaseConcept {
  readonly code: string;
  readonly display: string | undefined;
  /** Texts of its designations. */
  readonly texts: readonly string[];
  /** Its properties as {@link propertyKey} makes them, and those of the reference sets that it is in by {@link memberKey}; each once. */
  readonly keys: readonly string[];
  /** JSON of its `definition`, `designation` and `property`, as CodeSystem.concept has them; without `parent` and `child`, and with marks in the place of phrases of its release. */
  readonly told: string;
  /** Not for use by itself. */
  readonly isAbstract: boolean;
  /** Not for use any more. */
  readonly isInactive: boolean;
}

/** A release has a fault: one line with the mistake and the cure, for the person who loads it. */
export class InvalidRelease extends Error {
  override readonly name = 'InvalidRelease';
}

/** Concepts that one row of postings takes. */
export const postingLength = 400;

/** Name of the property in `keys` that says which reference sets a concept is in; no property of a code system is called so. */
export const memberKey = '*';

/** Longer values of properties are found by their hash. */
const longestValue = 200;

/** The name by which concepts with a value of a property are found. */
export const propertyKey = (name: string, value: string): string =>
  `${name}=${value.length > longestValue ? `#${createHash('sha256').update(value).digest('hex')}` : value}`;
