import type { SearchRequest } from '../../../r4/search/query/search-request.js';
import { type AccessTo, datesOf, groupTargets, type SearchTarget, selectMatches } from './search-groups.js';
import { SearchOrder } from './search-order.js';
import { pageSql } from './search-strategies.js';
import type { SortSlots } from './sort-slots.js';
import { BindParameters, type Statement } from '../session/statement.js';

/** A page in an order, and the row that tells whether another follows. */
export interface PageOf {
  readonly order: SearchOrder;
  readonly count: number;
  /** Codes of the index entries that come with each row. */
  readonly linkCodes?: readonly string[] | undefined;
  /** Rows come with these entries alone. */
  readonly withoutContent?: true;
}

/** The page of the targets that a request asks for. */
export const pageOf = (targets: readonly SearchTarget[], request: SearchRequest, slots: SortSlots): PageOf => ({
  order: new SearchOrder(
    targets.map(({ access }) => access.type),
    request,
    slots,
  ),
  count: request.count,
  linkCodes: request.linkCodes,
});

/** One statement for one page. Its rows are `FoundRow`s. */
export function searchStatement(targets: readonly SearchTarget[], page: PageOf, accessTo: AccessTo): Statement {
  const parameters = new BindParameters();
  const { order, withoutContent = false } = page;
  const limit = parameters.add(page.count + 1, 'integer');
  const groups = groupTargets(targets, accessTo);
  const compiler = { order, limit, parameters, accessTo, linkCodes: page.linkCodes ?? [], withoutContent };
  return { text: pageSql(groups, compiler), values: parameters.values };
}

/** Counts the rows within reach that match, or no more than `most` of them. */
export function countStatement(targets: readonly SearchTarget[], accessTo: AccessTo, most?: number): Statement {
  const parameters = new BindParameters();
  const hits = groupTargets(targets, accessTo)
    .map((group) => selectMatches(group, '1', { parameters, accessTo }, datesOf(group, parameters)))
    .join(' UNION ALL ');
  const limit = most === undefined ? '' : ` LIMIT ${parameters.add(most, 'integer')}`;
  return { text: `SELECT count(*)::float8 AS total FROM (${hits}${limit}) AS hit`, values: parameters.values };
}
