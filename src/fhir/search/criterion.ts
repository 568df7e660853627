import type { Filter } from './filter.js';
import type { SearchParameter } from './search-parameter.js';

/** A condition on the rows of one type; those of a list must all hold (https://hl7.org/fhir/R4/search.html). */
export type Criterion =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'not'; readonly of: Criterion }
  | { readonly kind: 'all'; readonly of: readonly Criterion[] }
  | { readonly kind: 'any'; readonly of: readonly Criterion[] }
  | Chain
  | ReverseChain;

interface Link {
  /** Type of the rows that the criterion is about. */
  readonly from: string;
  /** Type of the resources at the other end, which satisfy the criteria. */
  readonly type: string;
  /** Code of the reference parameter. */
  readonly parameter: string;
  /** Whether the parameter holds canonicals: the resource referred to is found by its url too. */
  readonly byUrl: boolean;
  readonly criteria: readonly Criterion[];
}

/** https://hl7.org/fhir/R4/search.html#chaining: refers to such a resource; the parameter is one of `from`. */
export interface Chain extends Link {
  readonly kind: 'chain';
}

/** https://hl7.org/fhir/R4/search.html#has: such a resource refers to it; the parameter is one of `type`. */
export interface ReverseChain extends Link {
  readonly kind: 'has';
}

/** The types, beside that of the search, whose rows the criteria look at. */
export const typesOf = (criteria: readonly Criterion[]): ReadonlySet<string> =>
  new Set(linksOf(criteria).map(({ type }) => type));

/** All chains and reverse chains, the outer ones first. */
export function linksOf(criteria: readonly Criterion[]): readonly (Chain | ReverseChain)[] {
  return criteria.flatMap((criterion) => {
    if (criterion.kind === 'filter') return [];
    if (criterion.kind === 'not') return linksOf([criterion.of]);
    if (criterion.kind === 'all' || criterion.kind === 'any') return linksOf(criterion.of);
    return [criterion, ...linksOf(criterion.criteria)];
  });
}

/** The same for criteria of one type that were read from the same text; parameters by their url. */
export const criterionKey = (criterion: Criterion): string => JSON.stringify(criterion, byUrl);

const byUrl = (name: string, value: unknown): unknown =>
  name === 'parameter' && typeof value === 'object' && value !== null ? (value as SearchParameter).url : value;
