import { type Criterion, type ReverseChain, typesOf } from '../../../../r4/search/query/criterion.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import { criteriaPredicate } from '../../predicates/criterion-predicate.js';
import { everyRow } from '../../predicates/predicate.js';
import type { BindParameters } from '../../session/statement.js';
import { findLinked, without } from '../far-ends.js';
import { sourceOf } from '../found-rows.js';
import { isFirst, leadingCodes, type LeadingCodes } from '../leading-code.js';
import type { AccessTo, SearchGroup } from '../search-groups.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import { pageSql } from '../search-strategies.js';
import { areFew, type Attempt, few } from './attempt.js';

/**
 * Rows that few others refer to, as `_has:Observation:patient:code=` asks for those of a rare code: the others tell which. Undefined where no index begins
 * with the code, since an end is to be seen after a few rows, and for a caller who is not shown all of both types.
 */
export function fewReferring(group: SearchGroup, page: PageOf, accessTo: AccessTo): Attempt | undefined {
  const [type = ''] = group.types;
  const link = linkOf(group);
  if (!link || !page.order.isPlain || !group.access.unrestricted || !accessTo(link.type).unrestricted) return undefined;
  const [codes] = link.criteria.flatMap((criterion) => codesOf(link.type, criterion));
  if (!codes) return undefined;
  const compiler = compilerOf(page, accessTo);
  const { parameters } = compiler;
  const referring = [
    [isFirst(codes, 'r', parameters)],
    // Of codes that stand after another.
    [`r.tok && ${parameters.add(codes.further, 'bigint[]')}`],
  ];
  const targets = referring.map((having) => targetsOf(link, sourceOf(link.type, having), parameters));
  const rows = [`r.type = ${parameters.add(type, 'text')}`, `r.id = ANY (ARRAY(${targets.join(' UNION ALL ')}))`];
  return {
    key: `${type} ${link.type} ${link.parameter} ${codes.first.join()}`,
    statement: {
      text: pageSql([{ ...without(group, link), source: sourceOf(type, rows) }], compiler),
      values: parameters.values,
      isPlannedOnce: true,
    },
    premise: referring.map((having) => areFew(link.type, having)).join(' AND '),
    when: `first, for codes that no more than ${few} rows that may refer have`,
  };
}

/** The link that alone decides which rows match. */
function linkOf(group: SearchGroup): ReverseChain | undefined {
  const criterion = findLinked(group)?.criterion;
  if (criterion?.kind !== 'has' || criterion.byUrl || !group.criteria.includes(criterion)) return undefined;
  const others = group.criteria.filter((one) => one !== criterion);
  return typesOf([...criterion.criteria, ...others]).size === 0 ? criterion : undefined;
}

function codesOf(type: string, criterion: Criterion): readonly LeadingCodes[] {
  const codes = criterion.kind === 'filter' ? leadingCodes(type, criterion.filter) : undefined;
  return codes ? [codes] : [];
}

/** Selects the ids that the rows of a source refer to, as far as they satisfy the criteria of the link. */
function targetsOf({ from, parameter, criteria }: ReverseChain, source: string, parameters: BindParameters): string {
  const start = parameters.add(`${parameter}${unitSeparator}${from}/`, 'text');
  const judged = criteriaPredicate(criteria, 'rx', { parameters, reach: everyRow, linksFrom: 'rows' });
  return (
    `SELECT substr(entry, char_length(${start}) + 1) FROM (SELECT * FROM ${source}) AS rx ` +
    `CROSS JOIN LATERAL unnest(rx.val) AS entry WHERE starts_with(entry, ${start}) AND ${judged}`
  );
}
