import { type Chain, criterionKey } from '../../../../r4/search/query/criterion.js';
import { criteriaPredicate } from '../../predicates/criterion-predicate.js';
import { reachPredicate } from '../../predicates/predicate.js';
import { isCut } from '../../reading/within-bytes.js';
import { mayFillPages } from '../along-patients.js';
import { findLinked, without } from '../far-ends.js';
import { sourceOf } from '../found-rows.js';
import { findMembers } from '../from-members.js';
import { linkedVersion } from '../linked-version.js';
import { type AccessTo, type SearchGroup, selectMatches } from '../search-groups.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import type { Attempt } from './attempt.js';

/** Rows that are looked at in their order: by their own codes, and by what they refer to, which is looked up for each. */
const mostRows = { ofMembers: 1000, ofChain: 300 };

/**
 * Rows with any of many codes of a loaded code system, or whose reference leads to a value that many may have (docs/adr/0186), along the order: of what is
 * frequent, the first rows fill the page. Undefined where something else decides where to start, and where no index has the order.
 */
export function firstInOrder(group: SearchGroup, page: PageOf, accessTo: AccessTo): Attempt | undefined {
  const { order } = page;
  if (order.isPlain && findMembers(group, order)) return attemptOf(group, page, accessTo);
  const chain = chainOf(group);
  if (!chain || !(order.isPlain || order.dateKey('r'))) return undefined;
  return attemptOf(group, page, accessTo, chain);
}

/** The chain that decides where to start, to values that many may have. */
function chainOf(group: SearchGroup): Chain | undefined {
  const criterion = findLinked(group)?.criterion;
  const isAsked = criterion?.kind === 'chain' && group.criteria.includes(criterion);
  return isAsked && mayFillPages(group, criterion) ? criterion : undefined;
}

/** Rows come in the order of the source: nothing that is asked of them is a join. */
function attemptOf(group: SearchGroup, page: PageOf, accessTo: AccessTo, chain?: Chain): Attempt {
  const most = chain ? mostRows.ofChain : mostRows.ofMembers;
  const compiler = compilerOf(page, accessTo);
  const { order, limit, parameters, linkCodes, withoutContent } = compiler;
  const [type = ''] = group.types;
  const [ahead = []] = order.stretches('r', parameters);
  const rows = [`r.type = ${parameters.add(type, 'text')}`, ...ahead];
  const source = sourceOf(type, rows, `${order.orderByValues('r')} LIMIT ${most}`);
  const columns = [
    linkedVersion('r', linkCodes, parameters, withoutContent),
    ...order.placeColumns('r'),
    ...order.sortValues('r'),
  ].join(', ');
  const reach = reachPredicate(accessTo, parameters);
  const judged = chain ? [criteriaPredicate([chain], 'r', { parameters, reach, linksFrom: 'rows' })] : [];
  const asked = { ...(chain ? without(group, chain) : group), source };
  return {
    key: order.place ? undefined : [type, order.orderByValues('r'), ...group.criteria.map(criterionKey)].join(),
    statement: {
      text: `${selectMatches(asked, columns, compiler, judged)} LIMIT ${limit}`,
      values: parameters.values,
      isPlannedOnce: true,
    },
    isComplete: (found) => found.length > page.count || isCut(found),
    when: `first, where the first ${most} rows fill the page`,
  };
}
