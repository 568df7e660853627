import type { Selection } from './concept-selection.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

/** https://hl7.org/fhir/R4/search.html#prefix */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** `po` of `_filter`: the intervals overlap (https://hl7.org/fhir/R4/search_filter.html#ops). */
export type DatePrefix = Prefix | 'po';

/** Decimal text: the number itself, and the interval that `eq`, `ne` and `ap` compare: [low, high), for `ap` [low, high]. */
export interface NumberBounds {
  readonly prefix: Prefix;
  readonly value: string;
  readonly low: string;
  readonly high: string;
}

/** Units of the index that a quantity is compared with; without any part: each as it was written. */
export interface UnitChoice {
  /** `code|system`, or `code|ucum:canonical` for a value that was converted. */
  readonly unit?: string;
  /** A code, or the unit for humans, of any system. */
  readonly code?: string;
  /** Any code of this system. */
  readonly system?: string;
}

/** Text of the client, repeated in an answer that refuses it. */
export interface Asked {
  /** With the modifier. */
  readonly parameter: string;
  readonly text: string;
}

/** One value of a search criterion, read once from text such as `http://loinc.org|8867-4`. Modifiers make kinds of their own. */
export type FilterValue =
  /** `system` undefined: any system; empty: no system. `code` undefined: any code of the system. */
  | { readonly kind: 'token'; readonly system?: string; readonly code?: string }
  /** Like `token`, for the `identifier` of a Reference. */
  | { readonly kind: 'identifier'; readonly system?: string; readonly code?: string }
  /** Value and type of an Identifier. */
  | { readonly kind: 'of-type'; readonly value: string; readonly code: string; readonly system: string }
  /** Normalised text that a display or text of the token starts with. */
  | { readonly kind: 'text'; readonly start: string }
  /** Any code of a value set, by canonical or `ValueSet/id`; the tokens that it has take its place before a search runs. */
  | { readonly kind: 'in'; readonly valueSet: string; readonly asked: Asked }
  /** A code with the codes that it subsumes, or that subsume it; resolved to tokens like `in`. */
  | {
      readonly kind: 'subsumption';
      readonly direction: 'above' | 'below';
      readonly system: string;
      readonly code: string;
      readonly asked: Asked;
    }
  /** Codes of a loaded code system that are too many to be listed: the database looks up each code that a row has. */
  | { readonly kind: 'selection'; readonly system: string; readonly load: number; readonly selection: Selection }
  /** `Type/id`, an absolute URL elsewhere, or a bare id (`anyType`). */
  | { readonly kind: 'reference'; readonly target: string; readonly anyType?: boolean }
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'uri-below'; readonly start: string }
  /** Normalised (case, accents) text that the indexed string starts with. */
  | { readonly kind: 'string'; readonly prefix: string }
  /** Normalised text that the indexed string is, or ends with. */
  | { readonly kind: 'whole-string'; readonly text: string }
  | { readonly kind: 'end-of-string'; readonly end: string }
  /** The string as it is written. */
  | { readonly kind: 'exact-string'; readonly text: string }
  /** Normalised text that is part of the indexed string. */
  | { readonly kind: 'part-of-string'; readonly part: string }
  /** Microseconds since 1970 as decimal text: first instant, and the first instant after. */
  | { readonly kind: 'date'; readonly prefix: DatePrefix; readonly low: string; readonly high: string }
  | (NumberBounds & { readonly kind: 'number' })
  | (NumberBounds & { readonly kind: 'quantity'; readonly unit: UnitChoice })
  /** One value for each component. */
  | { readonly kind: 'composite'; readonly parts: readonly FilterValue[] }
  /** Within so many metres of a position, in degrees. */
  | { readonly kind: 'near'; readonly latitude: number; readonly longitude: number; readonly metres: number }
  /** Another value than this one. */
  | { readonly kind: 'unequal'; readonly to: FilterValue }
  /** Words of the resource, in the form of a `tsquery`. */
  | { readonly kind: 'words'; readonly query: string }
  /** Rows in the record of a patient, `Patient/id`, whatever element says so; no text of a client is read as it. */
  | { readonly kind: 'record'; readonly patient: string }
  /** Any value. */
  | { readonly kind: 'present' };

/** A value that stands for codes which have to be looked up. */
export type OfTerminology = Extract<FilterValue, { readonly kind: 'in' | 'subsumption' }>;

/** A criterion: any of its values may match (OR). Criteria in a list must all match (AND). */
export interface Filter {
  readonly parameter: SearchParameter;
  readonly values: readonly FilterValue[];
}
