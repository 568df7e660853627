import type { Criterion } from '../../../../r4/search/query/criterion.js';
import { longStartsOf } from '../../predicates/filters/text-predicate.js';
import { areJudgedAlone, looksFor, sourceOf } from '../found-rows.js';
import type { AccessTo, SearchGroup } from '../search-groups.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import { pageSql } from '../search-strategies.js';
import { isSelective } from '../selectivity.js';
import { areFew, type Attempt, few } from './attempt.js';

/** Other texts, such as cities, may be those of nearly all rows: to find that out, all of their entries in the index would be read. */
const named: ReadonlySet<string> = new Set(['family', 'given', 'name']);

/**
 * Rows with a name of which so much is spelled out that few begin so, beside whatever else is asked. Undefined where no name is, and where rows of other
 * types are looked at.
 */
export function fewOfNames(group: SearchGroup, page: PageOf, accessTo: AccessTo): Attempt | undefined {
  const [type = ''] = group.types;
  const names = group.criteria.flatMap(longStarts);
  const [first] = names;
  if (!first || !page.order.isPlain || isSelective(group) || !areJudgedAlone(group)) return undefined;
  const compiler = compilerOf(page, accessTo);
  // Of names with one value each, the index compares its lists of rows.
  const sole = names.filter(({ length }) => length === 1).flat();
  const hashes = sole.length > 0 ? sole : first;
  const conditions = looksFor(sole.length > 0 ? '@>' : '&&', hashes, compiler.parameters);
  return {
    key: `${type} ${hashes.join()}`,
    statement: {
      text: pageSql([{ ...group, source: sourceOf(type, conditions) }], compiler),
      values: compiler.parameters.values,
      isPlannedOnce: true,
    },
    premise: areFew(type, conditions),
    when: `first, for a name that no more than ${few} rows begin with`,
  };
}

function longStarts(criterion: Criterion): readonly (readonly string[])[] {
  if (criterion.kind !== 'filter' || !named.has(criterion.filter.parameter.code)) return [];
  const hashes = longStartsOf(criterion.filter);
  return hashes ? [hashes] : [];
}
