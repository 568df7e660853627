import type { Chain, Criterion, ReverseChain } from '../search/criterion.js';
import { criteriaPredicate, farEndsOf, linksOfCriterion } from './criterion-predicate.js';
import type { PageCompiler } from './page-compiler.js';
import { commonRules, everyRow, reachOf } from './predicate.js';
import { isOfRecord, type SearchGroup, selectMatches } from './search-groups.js';
import { selectsFew } from './selects-few.js';

/** Up to so many far ends of a reference, the rows that refer to them are looked for; beyond, rows are looked through. */
const fewEnds = 1000;

interface LinkedGroup {
  readonly group: SearchGroup;
  readonly links: readonly (Chain | ReverseChain)[];
  readonly criterion: Criterion;
  /** Whether a rule of the access asks for it, not the caller. */
  readonly isRule: boolean;
}

/** The criterion of one type that decides where to start: nothing else of the search selects few rows. */
export function findLinked(group: SearchGroup): LinkedGroup | undefined {
  const { access, criteria, types } = group;
  const rules = commonRules(access.grants) ?? [];
  if (types.length > 1 || isOfRecord(access) || [...criteria, ...rules].some(selectsFew)) return undefined;
  for (const criterion of [...criteria, ...rules]) {
    const links = linksOfCriterion(criterion);
    if (links?.every(({ byUrl }) => !byUrl)) return { group, links, criterion, isRule: !criteria.includes(criterion) };
  }
  return undefined;
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
  const scope = { parameters, reach: isRule ? everyRow : reachOf(accessTo, parameters) };
  const ends = farEndsOf(links, 'r', scope);
  if (!ends) return undefined;
  const found = ends.map(({ ids }, i) => `far${i} AS MATERIALIZED (${ids} LIMIT ${fewEnds + 1})`);
  const isFew = ends.map((_end, i) => `(SELECT count(*) FROM far${i}) <= ${fewEnds}`).join(' AND ');
  const near = ends.map(({ nearOf }, i) => nearOf(`far${i}`)).join(' UNION ALL ');
  const columns = order.columns('r');
  const select = (...conditions: readonly string[]): string =>
    selectMatches(without(group, criterion), columns, compiler, [...conditions, ...order.position('r', parameters)]);
  const hits = select(isFew, `r.id = ANY (ARRAY(${near}))`);
  const walked = select(`NOT (${isFew})`, criteriaPredicate([criterion], 'r', { ...scope, isBound: true }));
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
