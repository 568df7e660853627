import type { Criterion } from '../../../../r4/search/query/criterion.js';
import { longStartsOf } from '../../predicates/filters/text-predicate.js';
import { areJudgedAlone, looksFor, sourceOf } from '../found-rows.js';
import type { AccessTo, SearchGroup } from '../search-groups.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import { pageSql } from '../search-strategies.js';
import { isSelective } from '../selectivity.js';
import { areFew, type Attempt, few } from './attempt.js';

/**
 * Rows with a name, or another text, of which so much is spelled out that few begin so, beside whatever else is asked. Undefined where no text is,
 * and where rows of other types are looked at.
 */
export function fewOfTexts(group: SearchGroup, page: PageOf, accessTo: AccessTo): Attempt | undefined {
  const [type = ''] = group.types;
  const texts = group.criteria.flatMap(longStarts);
  const [first] = texts;
  if (!first || !page.order.isPlain || isSelective(group) || !areJudgedAlone(group)) return undefined;
  const compiler = compilerOf(page, accessTo);
  // Of texts with one value each, the index compares its lists of rows.
  const sole = texts.filter(({ length }) => length === 1).flat();
  const sought = sole.length > 0 ? sole : first;
  const found = looksFor(sole.length > 0 ? '@>' : '&&', sought, compiler.parameters);
  return {
    key: `${type} ${sought.join()}`,
    statement: {
      text: pageSql([{ ...group, source: sourceOf(type, found) }], compiler),
      values: compiler.parameters.values,
      isPlannedOnce: true,
    },
    premise: areFew(type, found),
    when: `first, for a text that no more than ${few} rows begin with`,
  };
}

function longStarts(criterion: Criterion): readonly (readonly string[])[] {
  const hashes = criterion.kind === 'filter' ? longStartsOf(criterion.filter) : undefined;
  return hashes ? [hashes] : [];
}
