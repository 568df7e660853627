import type { Chain, Criterion, ReverseChain } from '../../../r4/search/query/criterion.js';
import { allOf, anyOf } from './conditions.js';
import { type FarEnds, farEnds, type JudgeRows, linkExists, linkedIds } from './chain-predicate.js';
import type { CriteriaScope } from './criteria-scope.js';
import { filtersPredicate } from './filters/filter-predicate.js';
import { hierarchyPredicate } from './hierarchy-predicate.js';
import { leadingPredicate } from '../searching/leading-code.js';
import { selectsFew } from './selects-few.js';

/** The SQL condition that `row` satisfies all criteria. */
export function criteriaPredicate(criteria: readonly Criterion[], row: string, scope: CriteriaScope): string {
  const inner: CriteriaScope = criteria.some(selectsFew) ? { ...scope, linksFrom: 'rows' } : scope;
  return allOf(criteria.map((criterion) => criterionPredicate(criterion, row, inner)));
}

function criterionPredicate(criterion: Criterion, row: string, scope: CriteriaScope): string {
  switch (criterion.kind) {
    case 'filter':
      return (
        leadingPredicate(criterion.filter, row, scope) ?? filtersPredicate([criterion.filter], row, scope.parameters)
      );
    case 'not':
      return `(${criterionPredicate(criterion.of, row, scope)}) IS NOT TRUE`;
    case 'all':
      return allOf(criterion.of.map((one) => criterionPredicate(one, row, scope)));
    case 'any':
      return anyPredicate(criterion.of, row, scope);
    case 'hierarchy':
      return hierarchyPredicate(criterion, row, scope);
    default:
      return linksPredicate([criterion], row, scope);
  }
}

function anyPredicate(criteria: readonly Criterion[], row: string, scope: CriteriaScope): string {
  const links = criteria.filter(isLink);
  const others = criteria.filter((criterion) => !isLink(criterion));
  return anyOf([
    ...(links.length === 0 ? [] : [linksPredicate(links, row, scope)]),
    ...others.map((one) => criterionPredicate(one, row, scope)),
  ]);
}

const isLink = (criterion: Criterion): criterion is Chain | ReverseChain =>
  criterion.kind === 'chain' || criterion.kind === 'has';

const judge: JudgeRows = criteriaPredicate;

/** The links of which one must hold; undefined for a criterion that asks for something else too. */
export function linksOfCriterion(criterion: Criterion): readonly (Chain | ReverseChain)[] | undefined {
  const links = criterion.kind === 'any' ? criterion.of : [criterion];
  return links.every(isLink) ? links : undefined;
}

/** Of links that no url makes. */
export const farEndsOf = (
  links: readonly (Chain | ReverseChain)[],
  row: string,
  scope: CriteriaScope,
): readonly FarEnds[] => links.map((link) => farEnds(link, row, scope, judge));

/**
 * One list of ids for all: an OR of lists would keep the planner from starting with them. An array is made once; a
 * subquery would be run for each row by a planner that has no statistics yet, as after a load.
 */
function linksPredicate(links: readonly (Chain | ReverseChain)[], row: string, scope: CriteriaScope): string {
  if (scope.linksFrom === 'rows') return anyOf(links.map((link) => linkExists(link, row, scope, judge)));
  const ids = links.map((link) => linkedIds(link, row, scope, judge)).join(' UNION ALL ');
  return `${row}.id = ANY (ARRAY(${scope.isOfRecord ? `SELECT DISTINCT id FROM (${ids}) AS linked` : ids}))`;
}
