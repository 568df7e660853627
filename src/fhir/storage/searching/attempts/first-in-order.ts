import { criterionKey } from '../../../../r4/search/query/criterion.js';
import { isCut } from '../../reading/within-bytes.js';
import { sourceOf } from '../found-rows.js';
import { findMembers } from '../from-members.js';
import { linkedVersion } from '../linked-version.js';
import { type AccessTo, groupTargets, selectMatches, type SearchTarget } from '../search-groups.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import type { Attempt } from './attempt.js';

/** Rows that are looked at in their order. */
const mostRows = 1000;

/**
 * Rows with any of many codes of a loaded code system, along the order: of codes that many rows have, the first rows fill the page. Undefined where
 * something else decides where to start.
 */
export function firstOfMembers(
  targets: readonly SearchTarget[],
  page: PageOf,
  accessTo: AccessTo,
): Attempt | undefined {
  const [group, ...others] = groupTargets(targets, accessTo);
  if (!group || others.length > 0 || !page.order.isPlain || !findMembers(group, page.order)) return undefined;
  const compiler = compilerOf(page, accessTo);
  const { order, limit, parameters, linkCodes, withoutContent } = compiler;
  const [type = ''] = group.types;
  const rows = [`r.type = ${parameters.add(type, 'text')}`, ...order.position('r', parameters)];
  const source = sourceOf(type, rows, `${order.orderByValues('r')} LIMIT ${mostRows}`);
  const columns = [linkedVersion('r', linkCodes, parameters, withoutContent), ...order.placeColumns('r')].join(', ');
  return {
    key: order.place ? undefined : [type, ...group.criteria.map(criterionKey)].join(),
    statement: {
      text: `${selectMatches({ ...group, source }, columns, compiler)} LIMIT ${limit}`,
      values: parameters.values,
      isPlannedOnce: true,
    },
    isComplete: (found) => found.length > page.count || isCut(found),
    when: `first, where the first ${mostRows} rows fill the page`,
  };
}
