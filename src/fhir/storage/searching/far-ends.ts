import type { Chain, Criterion, ReverseChain } from '../../../r4/search/query/criterion.js';
import type { Filter } from '../../../r4/search/query/filter.js';
import { criteriaPredicate, farEndsOf, linksOfCriterion } from '../predicates/criterion-predicate.js';
import type { FarEnds } from '../predicates/chain-predicate.js';
import { leadingCodes } from './leading-code.js';
import { filterPredicate, holdsListed, isLong } from '../predicates/filter-predicate.js';
import type { PageCompiler } from './page-compiler.js';
import { tenant } from '../../../database/tenant.js';
import { tableOf } from '../partitions.js';
import { commonRules, everyRow, reachPredicate } from '../predicates/predicate.js';
import { isOfRecord, type SearchGroup, selectMatches } from './search-groups.js';
import { selectsFew } from '../predicates/selects-few.js';
import type { BindParameters } from '../session/statement.js';

/** Up to so many far ends of a reference, or finds of a long list, the rows are looked for from there; beyond, rows are looked through. */
const fewEnds = 1000;

interface LinkedGroup {
  readonly group: SearchGroup;
  readonly links: readonly (Chain | ReverseChain)[];
  readonly criterion: Criterion;
  /** True if a rule of the access asks for it, not the caller. */
  readonly isRule: boolean;
}

/** The criterion of one type, on links or of many values, that decides where to start: nothing else of the search selects few rows. */
export function findLinked(group: SearchGroup): LinkedGroup | undefined {
  const { access, criteria, types } = group;
  const rules = commonRules(access.grants) ?? [];
  if (types.length > 1 || isOfRecord(access) || [...criteria, ...rules].some(selectsFew)) return undefined;
  for (const criterion of [...criteria, ...rules]) {
    const links = linksOfCriterion(criterion) ?? [];
    const isFound = links.length > 0 ? links.every(({ byUrl }) => !byUrl) : isUnknown(criterion, types);
    if (isFound) return { group, links, criterion, isRule: !criteria.includes(criterion) };
  }
  return undefined;
}

/** True if it has so many values that the number of matches is unknown: none, or nearly all rows. */
const isLongList = (criterion: Criterion): criterion is Criterion & { readonly kind: 'filter' } =>
  criterion.kind === 'filter' && isLong(criterion.filter);

/** An index tells of leading codes how many rows there are. */
const isUnknown = (criterion: Criterion, [type = '']: readonly string[]): boolean =>
  isLongList(criterion) && leadingCodes(type, criterion.filter) === undefined;

/** Returns the matches of a long list, as far ends of itself. */
function listedEnds({ filter }: { readonly filter: Filter }, type: string, parameters: BindParameters): FarEnds {
  const conditions = [
    `l.tenant = ${tenant}`,
    `l.type = ${parameters.add(type, 'text')}`,
    'NOT l.deleted',
    filterPredicate(filter, 'l', parameters),
  ];
  return {
    ids: `SELECT l.id FROM ${tableOf(type)} AS l WHERE ${conditions.join(' AND ')}`,
    nearOf: (found) => `SELECT id FROM ${found}`,
  };
}

/**
 * The first rows of a group whose references lead to what is sought. What few resources lead to is found from there; where
 * many do, as where every patient satisfies the criterion, a walk along the order soon has its page. PostgreSQL counts the
 * far ends, up to a limit, and runs one of the two.
 */
export function linkedHits(
  { group, links, criterion, isRule }: LinkedGroup,
  compiler: PageCompiler,
): string | undefined {
  const { order, limit, parameters, accessTo } = compiler;
  const scope = { parameters, reach: isRule ? everyRow : reachPredicate(accessTo, parameters) };
  const [type = ''] = group.types;
  const ends = isLongList(criterion) ? [listedEnds(criterion, type, parameters)] : farEndsOf(links, 'r', scope);
  if (!ends) return undefined;
  const found = ends.map(({ ids }, i) => `far${i} AS MATERIALIZED (${ids} LIMIT ${fewEnds + 1})`);
  const isFew = ends.map((_end, i) => `(SELECT count(*) FROM far${i}) <= ${fewEnds}`).join(' AND ');
  const near = ends.map(({ nearOf }, i) => nearOf(`far${i}`)).join(' UNION ALL ');
  const columns = order.columns('r');
  const select = (...conditions: readonly string[]): string =>
    selectMatches(without(group, criterion), columns, compiler, [...conditions, ...order.position('r', parameters)]);
  const hits = select(isFew, `r.id = ANY (ARRAY(${near}))`);
  const judged = isLongList(criterion)
    ? holdsListed(criterion.filter, 'r', parameters)
    : criteriaPredicate([criterion], 'r', { ...scope, isBound: true });
  const walked = select(`NOT (${isFew})`, judged);
  const first = (name: string): string => `${order.orderBy(name)} LIMIT ${limit}`;
  return (
    `WITH ${found.join(', ')}, hits AS MATERIALIZED (${hits}) SELECT * FROM (` +
    `(SELECT * FROM hits ${first('hits')}) UNION ALL (SELECT * FROM (${walked}) AS walked ${first('walked')})` +
    `) AS either ${first('either')}`
  );
}

/** The group for rows that satisfy the criterion anyway. */
const without = (group: SearchGroup, settled: Criterion): SearchGroup => ({
  ...group,
  criteria: group.criteria.filter((one) => one !== settled),
  settled,
});
