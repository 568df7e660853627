import { holdsAll, holdsEntries } from '../predicates/filters/hashed-predicate.js';
import { splitEntries } from '../predicates/filters/split-entries.js';
import { tenant } from '../session/tenant-parameter.js';
import { alongPatients } from './along-patients.js';
import { findLinked, fromFarEnds } from './far-ends.js';
import { alongLeadingIndex } from './leading-index.js';
import { findMembers, fromMembers } from './from-members.js';
import { linkedVersion } from './linked-version.js';
import { datesOf, type PageCompiler, type SearchGroup, selectMatches, tableOfAll } from './search-groups.js';
import { isSelective } from './selectivity.js';

/** SQL of a page; undefined where the strategy does not fit. */
type PageStrategy = (groups: readonly SearchGroup[], compiler: PageCompiler) => string | undefined;

/** SQL of the places of the first rows of a group; undefined where the strategy does not fit. */
type PlaceStrategy = (group: SearchGroup, compiler: PageCompiler) => string | undefined;

/**
 * How the rows of a page are found: by the first of these that fits. PostgreSQL plans each statement, but knows little of how
 * many rows hold an element of an array; the form of the statement keeps it from plans that are slow when it guesses wrong.
 *
 * - {@link alongPatients} wins where a chain leads to patients and nobody asks for an order.
 * - {@link walkWithContent} wins where many rows of one type match, in an order of stored columns: rows come along the index of the order, whole, until
 *   the page is full.
 * - {@link gatherWithContent} wins where very few rows match, as of a patient and a code: all are read whole and sorted.
 * - {@link placesFirst} fits always: places are found first, by a strategy for each group; content is read for the rows of the page only.
 */
const pageStrategies: readonly PageStrategy[] = [alongPatients, walkWithContent, gatherWithContent, placesFirst];

/**
 * How the places of a group are found: by the first of these that fits.
 *
 * - {@link fromFarEnds} wins where nothing but a chain, `_has` or a long list of values selects rows: PostgreSQL counts the far ends, starts from
 *   them while they are few, and walks along the order when they are many.
 * - {@link fromMembers} wins where nothing but codes of a loaded code system, too many to be listed, selects rows: a walk is tried, then all of them are
 *   looked for.
 * - {@link collectFew} wins where few rows match: ids, identifiers, one record. They are collected, then sorted.
 * - {@link alongLeadingIndex} wins where an index begins with the code or the date that is asked for, and goes on in the order.
 * - {@link alongOrder} fits always: the index of the order is walked until the page is full.
 */
const placeStrategies: readonly PlaceStrategy[] = [
  fromFarEnds,
  fromMembers,
  collectFew,
  (group, compiler) => alongLeadingIndex(group, compiler, compiler.order.columns('r')),
  alongOrder,
];

/** One page of the groups. */
export const pageSql = (groups: readonly SearchGroup[], compiler: PageCompiler): string =>
  firstThatFits(pageStrategies, groups, compiler);

function firstThatFits<T>(
  strategies: readonly ((subject: T, compiler: PageCompiler) => string | undefined)[],
  subject: T,
  compiler: PageCompiler,
): string {
  for (const strategy of strategies) {
    const sql = strategy(subject, compiler);
    if (sql !== undefined) return sql;
  }
  throw new Error('No strategy of searches fits.');
}

/** The only group, where it is of one type. */
function groupOfOneType([group, ...others]: readonly SearchGroup[]): SearchGroup | undefined {
  return others.length === 0 && group?.types.length === 1 ? group : undefined;
}

function walkWithContent(groups: readonly SearchGroup[], compiler: PageCompiler): string | undefined {
  const group = groupOfOneType(groups);
  const { order, limit, parameters, linkCodes, withoutContent } = compiler;
  if (!group || !order.isPlain || isSelective(group) || findLinked(group) || findMembers(group, order))
    return undefined;
  const columns = [linkedVersion('r', linkCodes, parameters, withoutContent), ...order.placeColumns('r')].join(', ');
  const leading = order.isById ? alongLeadingIndex(group, compiler, columns) : undefined;
  if (leading !== undefined) return leading;
  const matches = selectMatches(group, columns, compiler, [
    ...datesOf(group, parameters),
    ...order.position('r', parameters),
  ]);
  return `${matches} ${order.orderBy('r')} LIMIT ${limit}`;
}

/** So few rows match that planning a second look costs more than they do. */
function gatherWithContent(groups: readonly SearchGroup[], compiler: PageCompiler): string | undefined {
  const group = groupOfOneType(groups);
  const { order, limit, parameters, linkCodes, withoutContent } = compiler;
  if (!group || !order.isById || group.criteria.length < 2 || !isSelective(group) || findLinked(group))
    return undefined;
  const { entries, others } = splitEntries(group.criteria);
  const conditions = [
    ...(entries.length > 0 ? [(group.source === undefined ? holdsAll : holdsEntries)(entries, 'r', parameters)] : []),
    ...order.position('r', parameters),
  ];
  const columns = linkedVersion('r', linkCodes, parameters, withoutContent);
  const matches = selectMatches({ ...group, criteria: others }, columns, compiler, conditions);
  return `WITH hits AS MATERIALIZED (${matches}) SELECT * FROM hits ${order.orderBy('hits')} LIMIT ${limit}`;
}

function placesFirst(groups: readonly SearchGroup[], compiler: PageCompiler): string {
  const { order, limit, parameters, linkCodes, withoutContent } = compiler;
  const hits = groups.map((group) => `(${firstThatFits(placeStrategies, group, compiler)})`).join(' UNION ALL ');
  const table = tableOfAll(groups.flatMap(({ types }) => types));
  const columns = [
    linkedVersion('r', linkCodes, parameters, withoutContent),
    ...order.placeColumns('r'),
    ...order.sortColumns.map((name) => `page.${name}`),
  ].join(', ');
  return (
    `WITH page AS (SELECT * FROM (${hits}) AS hit ${order.orderBy('hit')} LIMIT ${limit}) ` +
    `SELECT ${columns} FROM page JOIN ${table} AS r ON r.tenant = ${tenant} AND r.type = page.type AND r.id = page.id ` +
    order.orderBy('page')
  );
}

/** Left alone, the planner would walk the order through all others to find the few. */
function collectFew(group: SearchGroup, compiler: PageCompiler): string | undefined {
  if (!isSelective(group)) return undefined;
  const { order, limit, parameters } = compiler;
  const matches = selectMatches(group, order.columns('r'), compiler, order.position('r', parameters));
  return `WITH hits AS MATERIALIZED (${matches}) SELECT * FROM hits ${order.orderBy('hits')} LIMIT ${limit}`;
}

/** From the place that the page starts at; each type along its own index, no further than the page can reach. */
function alongOrder(group: SearchGroup, compiler: PageCompiler): string {
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
