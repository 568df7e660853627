import type { SearchRequest } from '../../../r4/search/query/search-request.js';
import { impliedDates } from '../predicates/date-bounds.js';
import { holdsAll } from '../predicates/hashed-predicate.js';
import { findLinked, linkedHits } from './far-ends.js';
import { walkLeading } from './leading-index.js';
import { linkedVersion } from './linked-version.js';
import type { PageCompiler } from './page-compiler.js';
import { tenant } from '../../../database/tenant.js';
import {
  type AccessTo,
  groupTargets,
  isSelective,
  type SearchGroup,
  type SearchTarget,
  selectMatches,
  tableOfAll,
} from './search-groups.js';
import { SearchOrder } from './search-order.js';
import type { SortSlots } from './sort-slots.js';
import { splitEntries } from '../predicates/split-entries.js';
import { BindParameters, type Statement } from '../session/statement.js';

/** A page in an order, and the row that tells whether another follows. */
export interface PageOf {
  readonly order: SearchOrder;
  readonly count: number;
  /** Codes of the index entries that come with each row. */
  readonly linkCodes?: readonly string[] | undefined;
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
  const { order } = page;
  const limit = parameters.add(page.count + 1, 'integer');
  const groups = groupTargets(targets, accessTo);
  const compiler = { order, limit, parameters, accessTo, linkCodes: page.linkCodes ?? [] };
  const [group] = groups;
  const isOfOne = targets.length === 1;
  const isWalked = isOfOne && order.isPlain && !isSelective(group!) && findLinked(group!) === undefined;
  if (isWalked) return statementOf(walk(group!, compiler), parameters);
  if (isOfOne && order.isById && isNarrow(group!)) return statementOf(gather(group!, compiler), parameters);
  return statementOf(collect(groups, compiler), parameters);
}

const statementOf = (text: string, { values }: BindParameters): Statement => ({ text, values });

/** True if so few rows match, as of one patient and code, that planning a second look costs more than they do. */
const isNarrow = (group: SearchGroup): boolean =>
  group.criteria.length > 1 && isSelective(group) && findLinked(group) === undefined;

/** All rows that match, in full. */
function gather(group: SearchGroup, compiler: PageCompiler): string {
  const { order, limit, parameters, linkCodes } = compiler;
  const { entries, others } = splitEntries(group.criteria);
  const conditions = [
    ...(entries.length > 0 ? [holdsAll(entries, 'r', parameters)] : []),
    ...order.position('r', parameters),
  ];
  const columns = linkedVersion('r', linkCodes, parameters);
  const matches = selectMatches({ ...group, criteria: others }, columns, compiler, conditions);
  return `WITH hits AS MATERIALIZED (${matches}) SELECT * FROM hits ${order.orderBy('hits')} LIMIT ${limit}`;
}

/** Along the index of the order, rows that match. */
function walk(group: SearchGroup, compiler: PageCompiler): string {
  const { order, limit, parameters, linkCodes } = compiler;
  const columns = [linkedVersion('r', linkCodes, parameters), ...order.placeColumns('r')].join(', ');
  const leading = order.isById ? walkLeading(group, compiler, columns) : undefined;
  if (leading !== undefined) return leading;
  const matches = selectMatches(group, columns, compiler, [
    ...datesOf(group, parameters),
    ...order.position('r', parameters),
  ]);
  return `${matches} ${order.orderBy('r')} LIMIT ${limit}`;
}

/** First the places of the page, then what is stored there: bodies are fetched for its rows only. */
function collect(groups: readonly SearchGroup[], compiler: PageCompiler): string {
  const { order, limit, parameters, linkCodes } = compiler;
  const hits = groups.map((group) => `(${firstOf(group, compiler)})`).join(' UNION ALL ');
  const table = tableOfAll(groups.flatMap(({ types }) => types));
  const columns = [
    linkedVersion('r', linkCodes, parameters),
    ...order.placeColumns('r'),
    ...order.sortColumns.map((name) => `page.${name}`),
  ].join(', ');
  return (
    `WITH page AS (SELECT * FROM (${hits}) AS hit ${order.orderBy('hit')} LIMIT ${limit}) ` +
    `SELECT ${columns} FROM page JOIN ${table} AS r ON r.tenant = ${tenant} AND r.type = page.type AND r.id = page.id ` +
    order.orderBy('page')
  );
}

/**
 * The first rows of a group. Where few can match, they are collected first: left alone, the planner would walk the order
 * through all others to find them.
 */
function firstOf(group: SearchGroup, compiler: PageCompiler): string {
  const linked = findLinked(group);
  const hits = linked && linkedHits(linked, compiler);
  if (hits !== undefined) return hits;
  const { order, limit, parameters } = compiler;
  if (!isSelective(group)) return walkLeading(group, compiler, order.columns('r')) ?? walkOf(group, compiler);
  const matches = selectMatches(group, order.columns('r'), compiler, order.position('r', parameters));
  return `WITH hits AS MATERIALIZED (${matches}) SELECT * FROM hits ${order.orderBy('hits')} LIMIT ${limit}`;
}

/** Along the order, from the place that the page starts at; each type along its own index, no further than the page can reach. */
function walkOf(group: SearchGroup, compiler: PageCompiler): string {
  const { order, limit, parameters } = compiler;
  const { types } = group;
  const isOfMany = types.length > 1;
  const first = `${order.orderBy('hits', isOfMany)} LIMIT ${limit}`;
  const walks = order.stretches('r', parameters).map((position) => {
    const walked = isOfMany ? { ...group, typeOfWalk: 'wanted.type' } : group;
    const conditions = [...datesOf(group, parameters), ...position];
    return `SELECT * FROM (${selectMatches(walked, order.columns('r'), compiler, conditions)}) AS hits ${first}`;
  });
  const [only = ''] = walks;
  if (walks.length > 1) return `SELECT * FROM (${walks.map((one) => `(${one})`).join(' UNION ALL ')}) AS hits ${first}`;
  if (!isOfMany) return only;
  const wanted = `unnest(${parameters.add(types, 'text[]')}) AS wanted (type)`;
  return `SELECT hits.* FROM ${wanted} CROSS JOIN LATERAL (${only}) AS hits`;
}

/** Conditions on the sort date; none where few rows match anyway: they would only cost the planner. */
const datesOf = (group: SearchGroup, parameters: BindParameters): readonly string[] =>
  isSelective(group) ? [] : impliedDates(group.types, group.criteria, 'r', parameters);

/** Counts the rows within reach that match, or no more than `most` of them. */
export function countStatement(targets: readonly SearchTarget[], accessTo: AccessTo, most?: number): Statement {
  const parameters = new BindParameters();
  const hits = groupTargets(targets, accessTo)
    .map((group) => selectMatches(group, '1', { parameters, accessTo }, datesOf(group, parameters)))
    .join(' UNION ALL ');
  const limit = most === undefined ? '' : ` LIMIT ${parameters.add(most, 'integer')}`;
  return { text: `SELECT count(*)::float8 AS total FROM (${hits}${limit}) AS hit`, values: parameters.values };
}
