import type { SearchPlace, SearchRequest } from '../../../r4/search/query/search-request.js';
import type { IncludedRows } from './include-statement.js';
import type { LinkedVersion } from './linked-version.js';
import type { FoundRow, SearchOrder } from './search-order.js';
import { type CountedRow, isCut } from '../reading/within-bytes.js';

/** A page of a search, in its order. */
export interface SearchPage {
  readonly rows: readonly LinkedVersion[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  /** True in an order that servers of the release before do not know. */
  readonly isByPatient: boolean;
  /** The first level of includes, where it was read with the page. */
  readonly included?: IncludedRows;
  /** The places of the first row and of the last one. */
  readonly edges?: { readonly first: SearchPlace; readonly last: SearchPlace };
}

/** A row of the statement of a page. */
export type PageRow = FoundRow & CountedRow;

/** `found`: what the statement of `request` returned, one row more than the page when another follows. */
export function searchPage(
  found: readonly PageRow[],
  { count, after, before }: SearchRequest,
  order: SearchOrder,
): SearchPage {
  const near = found.slice(0, count);
  const hasMore = found.length > count || isCut(found);
  const rows = before === undefined ? near : near.toReversed();
  const [first, last] = [rows[0], rows.at(-1)];
  return {
    rows,
    isByPatient: order.isByPatient,
    hasNext: before === undefined ? hasMore : true,
    hasPrevious: before === undefined ? after !== undefined : hasMore,
    ...(first && last && { edges: { first: order.placeOf(first), last: order.placeOf(last) } }),
  };
}
