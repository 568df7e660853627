import type { Hierarchy } from '../../../r4/search/query/criterion.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { confirmed } from './filters/confirmed.js';
import type { CriteriaScope } from './criteria-scope.js';
import { tenant } from '../session/tenant-parameter.js';
import { tableOf } from '../partitions.js';

/**
 * The SQL condition that `row` refers to the resource, or to one above or below it. Ids that were met are not met again, so
 * that a circle ends; each row whose content the walk reads is within the caller's reach. The resource itself counts
 * unseen, as it does for a search without a modifier.
 */
export function hierarchyPredicate(hierarchy: Hierarchy, row: string, scope: CriteriaScope): string {
  const start = scope.parameters.add(`${hierarchy.parameter}${unitSeparator}${hierarchy.type}/`, 'text');
  const walk =
    `WITH RECURSIVE walk (id) AS (SELECT ${scope.parameters.add(hierarchy.id, 'text')} COLLATE "C" ` +
    `UNION ${step(hierarchy, `${row}h`, scope)}) SELECT ${start} || walk.id AS entry FROM walk`;
  const hashes = `ARRAY(SELECT lanyard_own_token(${tenant}, entry) FROM (${walk}) AS met)`;
  return `(${row}.tok && ${hashes} AND ${confirmed(`${row}.val && ARRAY(${walk})`)})`;
}

/** From those that were met last to the next ones. */
function step({ type, by, direction }: Hierarchy, next: string, { parameters, reach }: CriteriaScope): string {
  const start = parameters.add(`${by}${unitSeparator}${type}/`, 'text');
  const table = `${tableOf(type)} AS ${next}`;
  const judged =
    `${next}.tenant = ${tenant} AND ${next}.type = ${parameters.add(type, 'text')} AND NOT ${next}.deleted ` +
    `AND ${reach(type, next)}`;
  if (direction === 'above') {
    return (
      `SELECT substr(entry, char_length(${start}) + 1) COLLATE "C" FROM walk JOIN ${table} ON ${next}.id = walk.id ` +
      `AND ${judged} CROSS JOIN LATERAL unnest(${next}.val) AS entry WHERE starts_with(entry, ${start})`
    );
  }
  const entry = `${start} || walk.id`;
  return (
    `SELECT part.id FROM walk CROSS JOIN LATERAL (SELECT ${next}.id FROM ${table} WHERE ${judged} ` +
    `AND ${next}.tok @> ARRAY[lanyard_own_token(${tenant}, ${entry})] AND ${next}.val @> ARRAY[${entry}] OFFSET 0) AS part`
  );
}
