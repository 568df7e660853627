import type { SearchRequest } from '../../../r4/search/query/search-request.js';
import { findPatientChain } from './along-patients.js';
import { isWalkedOnce } from './leading-index.js';
import { foundRows } from './found-rows.js';
import {
  type AccessTo,
  datesOf,
  groupTargets,
  type PageCompiler,
  type SearchGroup,
  type SearchTarget,
  selectMatches,
} from './search-groups.js';
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
    isByPatient(targets, request),
  ),
  count: request.count,
  linkCodes: request.linkCodes,
});

/** A page that follows another keeps its order, whatever is found out about the criteria meanwhile: its place tells. */
function isByPatient([target, ...others]: readonly SearchTarget[], request: SearchRequest): boolean {
  const { sort = [], after, before, anyOrder = false } = request;
  if (!target || others.length > 0 || sort.length > 0) return false;
  const place = after ?? before;
  if (place) return place.length > 1;
  return anyOrder && findPatientChain({ ...target, types: [target.access.type] }) !== undefined;
}

/** The context of a new statement. The number of rows is its first parameter, or in its text where the planner has to see it. */
export function compilerOf(page: PageOf, accessTo: AccessTo, showsCount = false): PageCompiler {
  const { order, count, linkCodes = [], withoutContent = false } = page;
  const parameters = new BindParameters();
  const limit = showsCount ? String(count + 1) : parameters.add(count + 1, 'integer');
  return { order, limit, parameters, accessTo, linkCodes, withoutContent };
}

/** One statement for one page. Its rows are `FoundRow`s. */
export function searchStatement(targets: readonly SearchTarget[], page: PageOf, accessTo: AccessTo): Statement {
  const { order } = page;
  const found = groupTargets(targets, accessTo);
  const isWalk = isWalkOfAll(found, order);
  const compiler = compilerOf(page, accessTo, isWalk);
  const { parameters } = compiler;
  const groups = withSource(found, parameters);
  const isPlannedOnce = isWalk || order.isByPatient || isOfOnePlan(groups, order);
  return { text: pageSql(groups, compiler), values: parameters.values, ...(isPlannedOnce && { isPlannedOnce }) };
}

/**
 * True if all rows of a type, or of several, are walked along an index that has their order: the best plan for a page, whatever the values are. For a number of rows
 * that it does not see PostgreSQL would plan a tenth of the table.
 */
const isWalkOfAll = ([group, ...others]: readonly SearchGroup[], { isPlain, isIndexed }: SearchOrder): boolean =>
  group !== undefined &&
  others.length === 0 &&
  group.criteria.length === 0 &&
  group.access.unrestricted &&
  (isPlain || isIndexed);

/** True if the statement of the page leaves PostgreSQL one way to find the rows of the only group, whatever the values are. */
function isOfOnePlan([group, ...others]: readonly SearchGroup[], order: SearchOrder): boolean {
  if (!group || others.length > 0) return false;
  return group.source !== undefined || ((order.isById || !order.isPlain) && isWalkedOnce(group, { order }));
}

/** The only group with the row source of its few rows, where it has one. */
function withSource([group, ...others]: readonly SearchGroup[], parameters: BindParameters): readonly SearchGroup[] {
  if (!group || others.length > 0) return group ? [group, ...others] : [];
  const source = foundRows(group, parameters);
  return [source === undefined ? group : { ...group, source }];
}

/** Counts the rows within reach that match, or no more than `most` of them. */
export function countStatement(targets: readonly SearchTarget[], accessTo: AccessTo, most?: number): Statement {
  const parameters = new BindParameters();
  const groups = withSource(groupTargets(targets, accessTo), parameters);
  const isPlannedOnce = groups.some(({ source }) => source !== undefined);
  const hits = groups
    .map((group) => selectMatches(group, '1', { parameters, accessTo }, datesOf(group, parameters)))
    .join(' UNION ALL ');
  const limit = most === undefined ? '' : ` LIMIT ${parameters.add(most, 'integer')}`;
  const text = `SELECT count(*)::float8 AS total FROM (${hits}${limit}) AS hit`;
  return { text, values: parameters.values, ...(isPlannedOnce && { isPlannedOnce }) };
}
