import { linkedVersion } from './linked-version.js';
import { tenant } from './partitions.js';
import {
  type AccessTo,
  groupTargets,
  isSelective,
  type SearchGroup,
  type SearchTarget,
  selectMatches,
  tableOfAll,
} from './search-groups.js';
import type { SearchOrder } from './search-order.js';
import { BindParameters, type Statement } from './statement.js';

/** A page in an order, and the row that tells whether another follows. */
export interface PageOf {
  readonly order: SearchOrder;
  readonly count: number;
  /** Codes of the index entries that come with each row. */
  readonly linkCodes?: readonly string[] | undefined;
}

/** One statement for one page. Its rows are `FoundRow`s. */
export function searchStatement(targets: readonly SearchTarget[], page: PageOf, accessTo: AccessTo): Statement {
  const parameters = new BindParameters();
  const { order } = page;
  const limit = parameters.add(page.count + 1, 'integer');
  const groups = groupTargets(targets, accessTo);
  const compiler = { order, limit, parameters, accessTo, linkCodes: page.linkCodes ?? [] };
  const [group] = groups;
  const isWalk = targets.length === 1 && order.isPlain && !isSelective(group!);
  const text = isWalk ? walk(group!, compiler) : collect(groups, compiler);
  return { text, values: parameters.values };
}

interface Compiler {
  readonly order: SearchOrder;
  readonly limit: string;
  readonly parameters: BindParameters;
  readonly accessTo: AccessTo;
  readonly linkCodes: readonly string[];
}

/** Along the index of the order, rows that match. */
function walk(group: SearchGroup, compiler: Compiler): string {
  const { order, limit, parameters, linkCodes } = compiler;
  const columnsOfRow = linkedVersion('r', linkCodes, parameters);
  const matches = selectMatches(group, columnsOfRow, compiler, order.position('r', parameters));
  return `${matches} ${order.orderBy('r')} LIMIT ${limit}`;
}

/** First the places of the page, then what is stored there: bodies are fetched for its rows only. */
function collect(groups: readonly SearchGroup[], compiler: Compiler): string {
  const { order, limit, parameters, linkCodes } = compiler;
  const hits = groups.map((group) => `(${firstOf(group, compiler)})`).join(' UNION ALL ');
  const table = tableOfAll(groups.flatMap(({ types }) => types));
  const columns = [linkedVersion('r', linkCodes, parameters), ...order.sortColumns.map((name) => `page.${name}`)].join(
    ', ',
  );
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
function firstOf(group: SearchGroup, compiler: Compiler): string {
  const { order, limit, parameters } = compiler;
  const { types } = group;
  const isWalk = types.length > 1 && !isSelective(group);
  const matches = selectMatches(
    isWalk ? { ...group, typeOfWalk: 'wanted.type' } : group,
    order.columns('r'),
    compiler,
    order.position('r', parameters),
  );
  const first = `${order.orderBy('hits', isWalk)} LIMIT ${limit}`;
  if (isSelective(group)) return `WITH hits AS MATERIALIZED (${matches}) SELECT * FROM hits ${first}`;
  const walked = `SELECT * FROM (${matches}) AS hits ${first}`;
  if (!isWalk) return walked;
  // Each type along its own index, no further than the page can reach.
  const wanted = `unnest(${parameters.add(types, 'text[]')}) AS wanted (type)`;
  return `SELECT hits.* FROM ${wanted} CROSS JOIN LATERAL (${walked}) AS hits`;
}

/** Counts the rows within reach that match, or no more than `most` of them. */
export function countStatement(targets: readonly SearchTarget[], accessTo: AccessTo, most?: number): Statement {
  const parameters = new BindParameters();
  const hits = groupTargets(targets, accessTo)
    .map((group) => selectMatches(group, '1', { parameters, accessTo }))
    .join(' UNION ALL ');
  const limit = most === undefined ? '' : ` LIMIT ${parameters.add(most, 'integer')}`;
  return { text: `SELECT count(*)::float8 AS total FROM (${hits}${limit}) AS hit`, values: parameters.values };
}
