import type { SearchParameter } from './search-parameter.js';

/** https://hl7.org/fhir/R4/search.html#prefix */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** Decimal text: the number itself, and the interval that `eq`, `ne` and `ap` compare: [low, high), for `ap` [low, high]. */
export interface NumberBounds {
  readonly prefix: Prefix;
  readonly value: string;
  readonly low: string;
  readonly high: string;
}

/** Which units of the index a quantity is compared with; without any part: each as it was written. */
export interface UnitChoice {
  /** `code|system`, or `code|ucum:canonical` for a value that was converted. */
  readonly unit?: string;
  /** A code, or the unit for humans, of any system. */
  readonly code?: string;
  /** Any code of this system. */
  readonly system?: string;
}

/** One value of a search criterion, read once from text such as `http://loinc.org|8867-4`. Modifiers make kinds of their own. */
export type FilterValue =
  /** `system` undefined: any system; empty: no system. `code` undefined: any code of the system. */
  | { readonly kind: 'token'; readonly system?: string; readonly code?: string }
  /** The same of the `identifier` of a Reference. */
  | { readonly kind: 'identifier'; readonly system?: string; readonly code?: string }
  /** Value and type of an Identifier. */
  | { readonly kind: 'of-type'; readonly value: string; readonly code: string; readonly system: string }
  /** Normalised text that a display or text of the token starts with. */
  | { readonly kind: 'text'; readonly start: string }
  /** `Type/id`, an absolute URL elsewhere, or a bare id (`anyType`). */
  | { readonly kind: 'reference'; readonly target: string; readonly anyType?: boolean }
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'uri-below'; readonly start: string }
  /** Normalised (case, accents) text that the indexed string starts with. */
  | { readonly kind: 'string'; readonly prefix: string }
  /** The string as it is written. */
  | { readonly kind: 'exact-string'; readonly text: string }
  /** Normalised text that is part of the indexed string. */
  | { readonly kind: 'part-of-string'; readonly part: string }
  /** Microseconds since 1970 as decimal text: first instant, and the first instant after. */
  | { readonly kind: 'date'; readonly prefix: Prefix; readonly low: string; readonly high: string }
  | (NumberBounds & { readonly kind: 'number' })
  | (NumberBounds & { readonly kind: 'quantity'; readonly unit: UnitChoice })
  /** One value for each component. */
  | { readonly kind: 'composite'; readonly parts: readonly FilterValue[] }
  /** Within so many metres of a position, in degrees. */
  | { readonly kind: 'near'; readonly latitude: number; readonly longitude: number; readonly metres: number }
  /** Any value. */
  | { readonly kind: 'present' };

/** A criterion: any of its values may match (OR). Criteria in a list must all match (AND). */
export interface Filter {
  readonly parameter: SearchParameter;
  readonly values: readonly FilterValue[];
}
