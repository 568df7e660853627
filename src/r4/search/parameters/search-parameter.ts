/** https://hl7.org/fhir/R4/valueset-search-param-type.html */
export type SearchParameterType =
  'number' | 'date' | 'string' | 'token' | 'reference' | 'composite' | 'quantity' | 'uri' | 'special';

/** The parts of a SearchParameter resource that the server needs (https://hl7.org/fhir/R4/searchparameter.html). */
export interface SearchParameter {
  readonly code: string;
  readonly type: SearchParameterType;
  readonly url: string;
  /** Resource types, or `Resource` / `DomainResource` for all. */
  readonly base: readonly string[];
  /** FHIRPath; absent for `_text`, `_content`, `_filter`, `_list` and `_query`. */
  readonly expression?: string;
  /** Types a reference may point to. */
  readonly target?: readonly string[];
  readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}
