import type { SearchParameter } from './search-parameter.js';

/** https://hl7.org/fhir/R4/search.html#prefix */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** One value of a search criterion, read once from text such as `http://loinc.org|8867-4`. */
export type FilterValue =
  /** `system` undefined: any system; empty: no system. `code` undefined: any code of the system. */
  | { readonly kind: 'token'; readonly system?: string; readonly code?: string }
  /** `Type/id`, an absolute URL elsewhere, or a bare id (`anyType`). */
  | { readonly kind: 'reference'; readonly target: string; readonly anyType?: boolean }
  | { readonly kind: 'uri'; readonly uri: string }
  /** Normalised (case, accents) text that the indexed string starts with. */
  | { readonly kind: 'string'; readonly prefix: string }
  /** Microseconds since 1970 as decimal text: first instant, and the first instant after. */
  | { readonly kind: 'date'; readonly prefix: Prefix; readonly low: string; readonly high: string };

/** A criterion: any of its values may match (OR). Criteria in a list must all match (AND). */
export interface Filter {
  readonly parameter: SearchParameter;
  readonly values: readonly FilterValue[];
}
