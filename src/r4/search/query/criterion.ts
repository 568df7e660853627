import type { Filter } from './filter.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

/** A condition on the rows of one type; those of a list must all hold (https://hl7.org/fhir/R4/search.html). */
export type Criterion =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'not'; readonly of: Criterion }
  | { readonly kind: 'all'; readonly of: readonly Criterion[] }
  | { readonly kind: 'any'; readonly of: readonly Criterion[] }
  | Hierarchy
  | Chain
  | ReverseChain;

/** Refers to a resource, or to one that it is part of, or that is part of it (https://hl7.org/fhir/R4/search.html#reference). */
export interface Hierarchy {
  readonly kind: 'hierarchy';
  /** Code of the reference parameter of the rows. */
  readonly parameter: string;
  readonly direction: 'above' | 'below';
  /** The resource, and the parameter of its type that says what it is part of. */
  readonly type: string;
  readonly id: string;
  readonly by: string;
}

interface Link {
  /** Type of the rows that the criterion is about. */
  readonly from: string;
  /** Type of the resources at the other end, which satisfy the criteria. */
  readonly type: string;
  /** Code of the reference parameter. */
  readonly parameter: string;
  /** True if the parameter holds canonicals: the resource referred to is found by its url too. */
  readonly byUrl: boolean;
  readonly criteria: readonly Criterion[];
  /** Types that a chain without a type is not followed to. */
  readonly unfollowed?: Unfollowed;
}

/** Types that a chain would lead to, and that the caller may not search. */
export interface Unfollowed {
  /** The chain as the client wrote it. */
  readonly name: string;
  readonly types: readonly string[];
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
  new Set([...linksOf(criteria), ...hierarchiesOf(criteria)].map(({ type }) => type));

function hierarchiesOf(criteria: readonly Criterion[]): readonly Hierarchy[] {
  return criteria.flatMap((criterion) =>
    criterion.kind === 'hierarchy' ? [criterion] : hierarchiesOf(within(criterion)),
  );
}

/** The criteria that a criterion is made of. */
export function within(criterion: Criterion): readonly Criterion[] {
  switch (criterion.kind) {
    case 'filter':
    case 'hierarchy':
      return [];
    case 'not':
      return [criterion.of];
    case 'all':
    case 'any':
      return criterion.of;
    default:
      return criterion.criteria;
  }
}

/** Returns the types that chains leave out, each chain once. */
export const unfollowedOf = (criteria: readonly Criterion[]): readonly Unfollowed[] => [
  ...new Map(
    linksOf(criteria).flatMap(({ unfollowed }) => (unfollowed ? [[unfollowed.name, unfollowed]] : [])),
  ).values(),
];

/** All chains and reverse chains, the outer ones first. */
export function linksOf(criteria: readonly Criterion[]): readonly (Chain | ReverseChain)[] {
  return criteria.flatMap((criterion) => {
    const inner = linksOf(within(criterion));
    return criterion.kind === 'chain' || criterion.kind === 'has' ? [criterion, ...inner] : inner;
  });
}

/** Returns the largest number of references that one of the criteria follows, one after the other. */
export const depthOf = (criteria: readonly Criterion[]): number =>
  criteria.reduce((deepest, criterion) => {
    const own = criterion.kind === 'chain' || criterion.kind === 'has' ? 1 : 0;
    return Math.max(deepest, own + depthOf(within(criterion)));
  }, 0);

/** Key that is equal for criteria of one type read from equal text; parameters stand in it by their url. */
export const criterionKey = (criterion: Criterion): string => JSON.stringify(criterion, byUrl);

const byUrl = (name: string, value: unknown): unknown =>
  name === 'parameter' && typeof value === 'object' && value !== null ? (value as SearchParameter).url : value;
