/** https://hl7.org/fhir/R4/search_filter.html, as it is written. */
export type FilterExpression =
  | { readonly kind: 'and' | 'or'; readonly of: readonly FilterExpression[] }
  | { readonly kind: 'not'; readonly of: FilterExpression }
  | Comparison;

/** `path operator value` */
export interface Comparison {
  readonly kind: 'comparison';
  /** Never empty; all but the last are followed by a point. */
  readonly path: readonly PathStep[];
  readonly operator: string;
  readonly value: string;
}

/** A parameter, `reference:Type`, or `_has:Type:reference`. */
export interface PathStep {
  readonly name: string;
  /** The filter in brackets: the resource that is referred to satisfies it, and all that follows. */
  readonly filter?: FilterExpression;
}
