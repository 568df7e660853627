import type { Criterion } from '../search/criterion.js';
import { type DateBounds, dateBounds } from './date-bounds.js';
import { holdsValue } from './hashed-predicate.js';
import { leadingCodes, type LeadingCodes } from './leading-code.js';
import type { PageCompiler } from './page-compiler.js';
import { allOf, anyOf } from './conditions.js';
import { type SearchGroup, selectMatches } from './search-groups.js';
import type { BindParameters } from './statement.js';

/** The criterion on leading codes, and its hashes as parameters. */
interface Lead extends LeadingCodes {
  readonly criterion: Criterion;
  readonly bound: { readonly first: string; readonly further: string };
}

/**
 * The first rows of a group in the order of the date that an index has, where the criteria name a part of that index: a code,
 * a range of dates, or both. Rows whose dates span days, and those that have the code beside another, are no part of it:
 * other hashes find these. Undefined where the criteria name neither.
 */
export function walkByDate(group: SearchGroup, compiler: PageCompiler): string | undefined {
  const { order, limit, parameters } = compiler;
  const date = order.dateKey('r');
  const [type = ''] = group.types;
  if (!date) return undefined;
  const bounds = dateBounds(type, group.criteria, { row: 'r', key: date.key }, parameters);
  const lead = date.newestFirst ? findLead(type, group.criteria, parameters) : undefined;
  if (!bounds && !lead) return undefined;
  const first = `${order.orderBy('hits')} LIMIT ${limit}`;
  const rest = selectMatches(group, order.columns('r'), compiler, [
    restOf(bounds, lead),
    ...order.position('r', parameters),
  ]);
  const parts = [...walksOf(group, compiler, bounds, lead), `SELECT * FROM rest AS hits ${first}`];
  return (
    `WITH rest AS MATERIALIZED (${rest}) ` +
    `SELECT * FROM (${parts.map((part) => `(${part})`).join(' UNION ALL ')}) AS hits ${first}`
  );
}

function findLead(type: string, criteria: readonly Criterion[], parameters: BindParameters): Lead | undefined {
  for (const criterion of criteria) {
    const codes = criterion.kind === 'filter' ? leadingCodes(type, criterion.filter) : undefined;
    if (!codes) continue;
    const bind = (hashes: readonly string[]): string => parameters.add(hashes, 'bigint[]');
    return { ...codes, criterion, bound: { first: bind(codes.first), further: bind(codes.further) } };
  }
  return undefined;
}

/** Along the index; several codes each along its own part. The code is confirmed in a way that hides from the planner how rare it is. */
function walksOf(
  group: SearchGroup,
  compiler: PageCompiler,
  bounds: DateBounds | undefined,
  lead: Lead | undefined,
): readonly string[] {
  const { order, limit, parameters } = compiler;
  const first = `${order.orderBy('hits')} LIMIT ${limit}`;
  const others = { ...group, criteria: group.criteria.filter((one) => one !== lead?.criterion) };
  return order.stretches('r', parameters).map((position) => {
    const conditions = [
      ...(bounds ? [...bounds.narrow, `NOT ${bounds.wide}`] : []),
      ...(lead ? ['(r.tok)[1] = lead.hash', holdsValue(lead.code, lead.values, 'r', parameters)] : []),
      ...position,
    ];
    const walk = `SELECT * FROM (${selectMatches(others, order.columns('r'), compiler, conditions)}) AS hits ${first}`;
    return lead
      ? `SELECT hits.* FROM unnest(${lead.bound.first}) AS lead (hash) CROSS JOIN LATERAL (${walk}) AS hits`
      : walk;
  });
}

/** What the walks leave out. */
function restOf(bounds: DateBounds | undefined, lead: Lead | undefined): string {
  if (!lead) return bounds?.wide ?? 'false';
  const further = `r.tok && ${lead.bound.further} AND (r.tok)[1] <> ALL (${lead.bound.first})`;
  return bounds ? anyOf([`(${further})`, allOf([bounds.wide, `r.tok && ${lead.bound.first}`])]) : further;
}
