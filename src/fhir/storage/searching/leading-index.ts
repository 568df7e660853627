import type { Criterion } from '../../../r4/search/query/criterion.js';
import { compositePredicate } from '../predicates/filters/composite-predicate.js';
import { impliedTokens } from '../predicates/filters/composite-token.js';
import { type DateBounds, dateBounds } from '../predicates/filters/date-bounds.js';
import { holdsValue } from '../predicates/filters/hashed-predicate.js';
import { dateKey } from './indexed-orders.js';
import { pick } from '../predicates/filters/filter-values.js';
import { isFirst, leadingCodes, type LeadingCodes } from './leading-code.js';
import { allOf, anyOf } from '../predicates/conditions.js';
import { type PageCompiler, type SearchGroup, selectMatches } from './search-groups.js';
import { BindParameters } from '../session/statement.js';
import { leadingValues } from '../../../r4/search/index/leading-values.js';
import { sourceOf } from './found-rows.js';
import { isSelective } from './selectivity.js';

/** The leading codes that criteria ask for, and their hashes as parameters. */
interface Lead extends LeadingCodes {
  /** Criteria that remain for the rows that it confirms. */
  readonly others: readonly Criterion[];
  /** The condition that the row is one of the criterion. It hides from the planner how rare that is. */
  readonly holds: () => string;
  readonly bound: { readonly first: string; readonly further: string };
}

/**
 * The first rows of a group along an index: of a code in the order of ids or of dates, of a range of dates in their order.
 * Rows whose dates span days, and those that have the code beside another, are no part of it: other hashes find these.
 * Undefined where the criteria name nothing that an index of the order begins with.
 */
export function alongLeadingIndex(group: SearchGroup, compiler: PageCompiler, columns: string): string | undefined {
  const { order, limit, parameters } = compiler;
  const start = startOf(group, compiler);
  if (!start) return undefined;
  const { lead } = start;
  const first = `${order.orderBy('hits')} LIMIT ${limit}`;
  const left = lead ? { ...group, criteria: lead.others } : group;
  const isOnce = isWalkable(group) && isOnlyWalk(group, compiler, start);
  const ofRest = restOf(start, isOnce);
  const source = isOnce ? { source: sourceOf(left.types[0]!, [ofRest]) } : undefined;
  const rest = selectMatches({ ...left, ...source }, columns, compiler, [
    ...(source ? [] : [ofRest]),
    ...(lead ? [lead.holds()] : []),
    ...order.position('r', parameters),
  ]);
  const walks = walksOf(left, { ...compiler, columns, isOnce }, start);
  const parts = [...walks, `SELECT * FROM rest AS hits ${first}`];
  return (
    `WITH rest AS MATERIALIZED (${rest}) ` +
    `SELECT * FROM (${parts.map((part) => `(${part})`).join(' UNION ALL ')}) AS hits ${first}`
  );
}

/**
 * True if one plan serves all values: rows are walked along one index, and no other could find what is asked beside it. A date asked for in the order of
 * ids, or anything else that hashes find, may be rarer than the code.
 */
export const isWalkedOnce = (group: SearchGroup, { order }: Pick<PageCompiler, 'order'>): boolean =>
  isWalkable(group) && isOnlyWalk(group, { order }, startOf(group, { order, parameters: new BindParameters() }));

const isWalkable = (group: SearchGroup): boolean =>
  group.types.length === 1 && group.access.unrestricted && !isSelective(group);

function isOnlyWalk(
  { types, criteria }: SearchGroup,
  { order }: Pick<PageCompiler, 'order'>,
  start: Start | undefined,
): boolean {
  if (!start || (order.isById && start.bounds)) return false;
  const date = leadingValues.get(types[0]!)?.date;
  return (start.lead?.others ?? criteria).every(
    (one) =>
      one.kind === 'filter' &&
      (one.filter.parameter.code === date ||
        one.filter.values.every(({ kind }) => kind === 'number' || kind === 'quantity')),
  );
}

/** Start of an index of the order, as far as the criteria name it. */
interface Start {
  readonly bounds: DateBounds | undefined;
  readonly lead: Lead | undefined;
}

function startOf(
  { types, criteria }: SearchGroup,
  { order, parameters }: Pick<PageCompiler, 'order' | 'parameters'>,
): Start | undefined {
  const type = types[0]!;
  const sorted = order.dateKey('r');
  const lead = order.isById || sorted?.newestFirst ? findLead(type, criteria, parameters) : undefined;
  const key = sorted?.key ?? (lead && dateKey(type, 'r'));
  const bounds = key === undefined ? undefined : dateBounds(type, criteria, { row: 'r', key }, parameters);
  return bounds || lead ? { bounds, lead } : undefined;
}

function findLead(type: string, criteria: readonly Criterion[], parameters: BindParameters): Lead | undefined {
  for (const criterion of criteria) {
    if (criterion.kind !== 'filter') continue;
    const { parameter, values } = criterion.filter;
    const composites = pick(values, 'composite');
    const codes = leadingCodes(type, impliedTokens(parameter, composites) ?? criterion.filter);
    if (!codes) continue;
    const bind = (hashes: readonly string[]): string => parameters.add(hashes, 'bigint[]');
    return {
      ...codes,
      others: criteria.filter((one) => one !== criterion),
      holds: () =>
        composites.length > 0
          ? compositePredicate(parameter.code, composites, 'r', parameters)
          : holdsValue(codes.code, codes.values, 'r', parameters),
      bound: { first: bind(codes.first), further: bind(codes.further) },
    };
  }
  return undefined;
}

/** Along the index; several codes each along its own part. */
function walksOf(
  group: SearchGroup,
  compiler: PageCompiler & { readonly columns: string; readonly isOnce: boolean },
  { bounds, lead }: Start,
): readonly string[] {
  const { order, limit, parameters, columns, isOnce } = compiler;
  const first = `${order.orderBy('hits')} LIMIT ${limit}`;
  return order.stretches('r', parameters).map((position) => {
    const isOfSeveral = lead !== undefined && lead.first.length > 1;
    const along = [
      ...(bounds ? [...bounds.narrow, `NOT ${bounds.wide}`] : []),
      ...(lead ? [isOfSeveral ? '(r.tok)[1] = lead.hash' : isFirst(lead, 'r', parameters)] : []),
      ...position,
    ];
    const holds = lead ? [lead.holds()] : [];
    const walk = isOnce
      ? walkOnce(group, compiler, along, holds)
      : `SELECT * FROM (${selectMatches(group, columns, compiler, [...along, ...holds])}) AS hits ${first}`;
    return isOfSeveral
      ? `SELECT hits.* FROM unnest(${lead.bound.first}) AS lead (hash) CROSS JOIN LATERAL (${walk}) AS hits`
      : walk;
  });
}

/** Rows come in the order of the source, which is that of the index: sorted once more, all of them would be collected first. */
function walkOnce(
  group: SearchGroup,
  compiler: PageCompiler & { readonly columns: string },
  along: readonly string[],
  holds: readonly string[],
): string {
  const { order, limit, columns } = compiler;
  const source = sourceOf(group.types[0]!, along, order.orderByValues('r'));
  return `${selectMatches({ ...group, source }, columns, compiler, holds)} LIMIT ${limit}`;
}

/** Returns the condition on the rows that the walks leave out; for values that the planner does not see, each hash is said twice ({@link looksFor}). */
function restOf({ bounds, lead }: Start, isOnce: boolean): string {
  const looks = (condition: string): string => (isOnce ? `(${condition} AND ${condition})` : condition);
  if (!lead) return bounds ? looks(bounds.wide) : 'false';
  const further = `${looks(`r.tok && ${lead.bound.further}`)} AND (r.tok)[1] <> ALL (${lead.bound.first})`;
  return bounds ? anyOf([`(${further})`, allOf([looks(bounds.wide), `r.tok && ${lead.bound.first}`])]) : further;
}
