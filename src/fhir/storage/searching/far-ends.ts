import type { Chain, Criterion, ReverseChain } from '../../../r4/search/query/criterion.js';
import type { Filter } from '../../../r4/search/query/filter.js';
import { criteriaPredicate, farEndsOf, linksOfCriterion } from '../predicates/criterion-predicate.js';
import type { FarEnds } from '../predicates/chain-predicate.js';
import { leadingCodes } from './leading-code.js';
import { holdsListed, isLong, listedHashes } from '../predicates/filters/filter-predicate.js';
import { tenant } from '../session/tenant-parameter.js';
import { wholeRowsOf } from '../partitions.js';
import { everyRow, reachPredicate } from '../predicates/predicate.js';
import { type PageCompiler, type SearchGroup, selectMatches } from './search-groups.js';
import { looksAtFew, requiredOf } from './selectivity.js';
import type { BindParameters } from '../session/statement.js';

/** Up to so many far ends of a reference, or finds of a long list, the rows are looked for from there; beyond, rows are looked through. */
export const fewEnds = 1000;

interface Linked {
  readonly links: readonly (Chain | ReverseChain)[];
  readonly criterion: Criterion;
}

/** The criterion of one type, on links or of many values, that decides where to start: nothing else of the search selects few rows. */
export function findLinked(group: SearchGroup): Linked | undefined {
  if (group.types.length > 1 || looksAtFew(group)) return undefined;
  for (const criterion of requiredOf(group)) {
    const links = linksOfCriterion(criterion) ?? [];
    const isFound = links.length > 0 ? links.every(({ byUrl }) => !byUrl) : isUnknown(criterion, group.types);
    if (isFound) return { links, criterion };
  }
  return undefined;
}

/** True if it has so many values that the number of matches is unknown: none, or nearly all rows. */
const isLongList = (criterion: Criterion): criterion is Criterion & { readonly kind: 'filter' } =>
  criterion.kind === 'filter' && isLong(criterion.filter);

/** An index tells of leading codes how many rows there are. */
const isUnknown = (criterion: Criterion, [type = '']: readonly string[]): boolean =>
  isLongList(criterion) && leadingCodes(type, criterion.filter) === undefined;

/** Keys of one look at the index: GIN compares all keys of a look with each other. */
export const keysAtOnce = 50;

/** Returns the matches of a long list, as far ends of itself. A row may come several times. */
function listedEnds({ filter }: { readonly filter: Filter }, type: string, parameters: BindParameters): FarEnds {
  const hashes = listedHashes(filter);
  const keys = parameters.add(hashes, 'bigint[]');
  const found = [
    `l.tenant = ${tenant}`,
    `l.type = ${parameters.add(type, 'text')}`,
    'NOT l.deleted',
    `l.tok && (${keys})[part.at : part.at + ${keysAtOnce - 1}]`,
  ];
  const parts = `generate_series(1, ${parameters.add(hashes.length, 'integer')}, ${keysAtOnce}) AS part (at)`;
  const rows = `SELECT l.id, l.val FROM ${wholeRowsOf(type)} AS l WHERE ${found.join(' AND ')} OFFSET 0`;
  const ids = `SELECT l.id FROM ${parts} CROSS JOIN LATERAL (${rows}) AS l WHERE ${holdsListed(filter, 'l', parameters)}`;
  return { ids: () => ids, nearOf: (name) => `SELECT id FROM ${name}` };
}

/**
 * The first rows of a group whose references lead to what is sought. What few resources lead to is found from there; where
 * many do, as where every patient satisfies the criterion, a walk along the order soon has its page. PostgreSQL counts the
 * far ends, up to a limit, and runs one of the two.
 */
export function fromFarEnds(group: SearchGroup, compiler: PageCompiler): string | undefined {
  const linked = findLinked(group);
  if (!linked) return undefined;
  const { links, criterion } = linked;
  const { order, limit, parameters, accessTo } = compiler;
  // A rule of the access is looked up by the server, whatever the caller may see.
  const isRule = !group.criteria.includes(criterion);
  const scope = { parameters, reach: isRule ? everyRow : reachPredicate(accessTo, parameters) };
  const [type = ''] = group.types;
  const ends = isLongList(criterion) ? [listedEnds(criterion, type, parameters)] : farEndsOf(links, 'r', scope);
  const found = ends.map(({ ids }, i) => `far${i} AS MATERIALIZED (${ids()} LIMIT ${fewEnds + 1})`);
  const isFew = ends.map((_end, i) => `(SELECT count(*) FROM far${i}) <= ${fewEnds}`).join(' AND ');
  const near = ends.map(({ nearOf }, i) => nearOf(`far${i}`)).join(' UNION ALL ');
  const columns = order.columns('r');
  const select = (...conditions: readonly string[]): string =>
    selectMatches(without(group, criterion), columns, compiler, [...conditions, ...order.position('r', parameters)]);
  const hits = select(isFew, `r.id = ANY (ARRAY(${near}))`);
  const judged = isLongList(criterion)
    ? holdsListed(criterion.filter, 'r', parameters)
    : criteriaPredicate([criterion], 'r', { ...scope, linksFrom: 'rows' });
  const walked = select(`NOT (${isFew})`, judged);
  const first = (name: string): string => `${order.orderBy(name)} LIMIT ${limit}`;
  return (
    `WITH ${found.join(', ')}, hits AS MATERIALIZED (${hits}) SELECT * FROM (` +
    `(SELECT * FROM hits ${first('hits')}) UNION ALL (SELECT * FROM (${walked}) AS walked ${first('walked')})` +
    `) AS either ${first('either')}`
  );
}

/** The group for rows that satisfy the criterion anyway. */
export const without = (group: SearchGroup, satisfied: Criterion): SearchGroup => ({
  ...group,
  criteria: group.criteria.filter((one) => one !== satisfied),
  satisfied,
});
