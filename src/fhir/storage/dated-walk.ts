import type { Criterion } from '../search/criterion.js';
import { furtherEntry, leadingEntry, leadingValues } from '../search/leading-values.js';
import { hashToken } from '../search/token-hash.js';
import { type DateBounds, dateBounds } from './date-bounds.js';
import { pick, type TokenValue } from './filter-values.js';
import { holdsValue } from './hashed-predicate.js';
import type { PageCompiler } from './page-compiler.js';
import { allOf, anyOf } from './conditions.js';
import { type SearchGroup, selectMatches } from './search-groups.js';

/** Each of so many codes has a walk of its own. */
const mostCodes = 50;

/** The criterion on the code that the hashes of a row begin with, and the hashes of its codes. */
interface Lead {
  readonly criterion: Criterion;
  readonly code: string;
  readonly values: readonly TokenValue[];
  readonly first: string;
  readonly further: string;
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
  const lead = date.newestFirst ? findLead(type, group.criteria, compiler) : undefined;
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

function findLead(
  type: string,
  criteria: readonly Criterion[],
  { parameters }: Pick<PageCompiler, 'parameters'>,
): Lead | undefined {
  const code = leadingValues.get(type)?.code;
  for (const criterion of criteria) {
    if (code === undefined || criterion.kind !== 'filter' || criterion.filter.parameter.code !== code) continue;
    const { values } = criterion.filter;
    const tokens = pick(values, 'token').filter((value) => value.code !== undefined && value.code !== '');
    if (tokens.length === 0 || tokens.length < values.length || values.length > mostCodes) continue;
    const codes = [...new Set(tokens.map((value) => value.code ?? ''))];
    const bind = (entries: readonly string[]): string => parameters.add(entries.map(hashToken), 'bigint[]');
    return {
      criterion,
      code,
      values: tokens,
      first: bind(codes.map((one) => leadingEntry(code, one))),
      further: bind(codes.map((one) => furtherEntry(code, one))),
    };
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
    return lead ? `SELECT hits.* FROM unnest(${lead.first}) AS lead (hash) CROSS JOIN LATERAL (${walk}) AS hits` : walk;
  });
}

/** What the walks leave out. */
function restOf(bounds: DateBounds | undefined, lead: Lead | undefined): string {
  if (!lead) return bounds?.wide ?? 'false';
  const further = `r.tok && ${lead.further} AND (r.tok)[1] <> ALL (${lead.first})`;
  return bounds ? anyOf([`(${further})`, allOf([bounds.wide, `r.tok && ${lead.first}`])]) : further;
}
