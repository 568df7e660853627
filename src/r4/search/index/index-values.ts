/** A date as the half-open interval [low, high) that its precision implies; a number or quantity as [low, high]. */
export interface IndexRange {
  readonly parameter: string;
  /** Decimal text; dates are microseconds since 1970. Undefined: unbounded. */
  readonly low?: string;
  readonly high?: string;
  /** Quantities: `code|system` as written, or `code|ucum:canonical` for the converted form. Positions: `lat`, `lon`. */
  readonly unit?: string;
  /** Composites: the other component as `code␟system`. */
  readonly code?: string;
}

/** A sort key of one parameter: lowest and highest value. */
export interface SortKey {
  readonly parameter: string;
  readonly low: string;
  readonly high: string;
}

/**
 * Everything the index columns of one version hold. Entries of `values` are exact and confirm what the 64-bit
 * hashes of `tokens` find: `parameter␟code␟system`, `parameter␟Type/id`, `parameter␟uri`, `parameter␟normalised␟exact`,
 * `parameter:text␟normalised`.
 */
export interface IndexValues {
  /** Signed 64-bit hashes as decimal text. */
  readonly tokens: readonly string[];
  /** Grams of all strings: see grams.ts. */
  readonly grams: readonly number[];
  readonly values: readonly string[];
  readonly ranges: readonly IndexRange[];
  readonly sortNumbers: readonly SortKey[];
  readonly sortTexts: readonly SortKey[];
  /** Exact `Patient/id` references of the compartments the version belongs to (https://hl7.org/fhir/R4/compartmentdefinition-patient.html). */
  readonly compartments: readonly string[];
  /** Words of the resource, as a `tsvector`; those of the narrative have the weight A. */
  readonly words: string;
}

/** Separates the parts of an index entry. */
export const unitSeparator = '\u001f';
