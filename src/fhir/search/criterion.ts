import type { Filter } from './filter.js';

/** A condition on the rows of one type; those of a list must all hold (https://hl7.org/fhir/R4/search.html). */
export type Criterion =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'not'; readonly of: Criterion }
  | { readonly kind: 'all'; readonly of: readonly Criterion[] }
  | { readonly kind: 'any'; readonly of: readonly Criterion[] }
  | Chain
  | ReverseChain;

/** https://hl7.org/fhir/R4/search.html#chaining: refers to a resource of `type` that satisfies the criteria. */
export interface Chain {
  readonly kind: 'chain';
  /** Code of the reference parameter. */
  readonly parameter: string;
  readonly type: string;
  readonly criteria: readonly Criterion[];
}

/** https://hl7.org/fhir/R4/search.html#has: a resource of `type` that satisfies the criteria refers to it. */
export interface ReverseChain {
  readonly kind: 'has';
  /** Code of the reference parameter of `type`. */
  readonly parameter: string;
  readonly type: string;
  readonly criteria: readonly Criterion[];
}

/** The types, beside that of the search, whose rows the criteria look at. */
export function typesOf(criteria: readonly Criterion[]): ReadonlySet<string> {
  const types = new Set<string>();
  collectTypes(criteria, types);
  return types;
}

function collectTypes(criteria: readonly Criterion[], types: Set<string>): void {
  for (const criterion of criteria) {
    if (criterion.kind === 'not') collectTypes([criterion.of], types);
    else if (criterion.kind === 'all' || criterion.kind === 'any') collectTypes(criterion.of, types);
    else if (criterion.kind !== 'filter') {
      types.add(criterion.type);
      collectTypes(criterion.criteria, types);
    }
  }
}
