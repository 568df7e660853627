import { leadingValues, narrowest } from '../../../../r4/search/index/leading-values.js';
import { isOfR4 } from '../../../../r4/search/parameters/search-parameters.js';
import type { Criterion } from '../../../../r4/search/query/criterion.js';
import { type DateInterval, nextMicrosecond, wholeMicroseconds } from '../../../../r4/search/values/date-interval.js';
import { allOf } from '../../predicates/conditions.js';
import { commonBounds, wideHashes } from '../../predicates/filters/date-bounds.js';
import { pick } from '../../predicates/filters/filter-values.js';
import type { BindParameters } from '../../session/statement.js';
import { areJudgedAlone, looksFor, sourceOf } from '../found-rows.js';
import { dateKey } from '../indexed-orders.js';
import type { AccessTo, SearchGroup } from '../search-groups.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import { pageSql } from '../search-strategies.js';
import { isSelective } from '../selectivity.js';
import { areFew, type Attempt, few } from './attempt.js';

/** Microseconds of the longest month. */
const longest = 31n * 86_400_000_000n;

/**
 * Patients born on a day, or between two days up to a month apart, beside whatever else is asked: few are, and the index of birth dates finds them.
 * Which is rarer, a name or a birth date, PostgreSQL has to plan anew for each search. Undefined where nobody asks for a birth date so.
 */
export function fewOfDays(group: SearchGroup, page: PageOf, accessTo: AccessTo): Attempt | undefined {
  if (group.types[0] !== 'Patient' || !page.order.isPlain) return undefined;
  const days = birthDaysOf(group.criteria) ?? birthRangeOf(group.criteria);
  if (!days || isSelective(group) || !areJudgedAlone(group)) return undefined;
  const compiler = compilerOf(page, accessTo);
  const { source, premise } = bornWithin(days, compiler.parameters);
  return {
    key: `Patient ${days.low} ${days.high}`,
    statement: {
      text: pageSql([{ ...group, source }], compiler),
      values: compiler.parameters.values,
      isPlannedOnce: true,
    },
    premise,
    when: `first, for a birth date that no more than ${few} Patients have`,
  };
}

interface Days {
  /** Microseconds since 1970. */
  readonly low: bigint;
  /** Exclusive. */
  readonly high: bigint;
  /** Patients of whom the month or the year is known can match too, and their key lies anywhere. */
  readonly andWide?: boolean;
}

/** The row source of those born within, and the condition that they are few. */
function bornWithin({ low, high, andWide = false }: Days, parameters: BindParameters) {
  const key = dateKey('Patient', 'r')!;
  const born = [
    `${key} >= ${parameters.add(String(low), 'numeric')}`,
    `${key} < ${parameters.add(String(high), 'numeric')}`,
  ];
  if (!andWide) return { source: sourceOf('Patient', born), premise: areFew('Patient', born) };
  const wide = looksFor('@>', wideHashes(bornBy), parameters);
  const others = [...wide, `(${allOf(born)}) IS NOT TRUE`];
  const rows = [born, others].map((conditions) => `SELECT * FROM ${sourceOf('Patient', conditions)}`);
  return {
    source: `(${rows.join(' UNION ALL ')}) AS r`,
    premise: `${areFew('Patient', born)} AND ${areFew('Patient', wide)}`,
  };
}

const bornBy = leadingValues.get('Patient')!.date;

/**
 * Bounds of the birth dates of all matches, in microseconds. R4's birth date is one, so `eq` holds for those that begin and end within it; of a
 * definition that has taken its place nothing is known.
 */
function birthDaysOf(criteria: readonly Criterion[]): Days | undefined {
  for (const criterion of criteria) {
    if (!isOnBirth(criterion)) continue;
    const { values } = criterion.filter;
    const dates = pick(values, 'date').filter(({ prefix }) => prefix === 'eq');
    if (dates.length === 0 || dates.length < values.length) continue;
    const days = spanOf(dates);
    if (days.high - days.low <= longest) return days;
  }
  return undefined;
}

/** Bounds that several criteria leave, such as `ge` and `le`; the lower one is up to {@link narrowest} earlier, each a microsecond wider. */
function birthRangeOf(criteria: readonly Criterion[]): Days | undefined {
  const { low, high } = commonBounds(criteria.filter(isOnBirth), bornBy);
  if (low === undefined || high === undefined || high - low > longest + narrowest + 2n) return undefined;
  return { low, high: high + 1n, andWide: true };
}

const isOnBirth = (criterion: Criterion): criterion is Extract<Criterion, { kind: 'filter' }> =>
  criterion.kind === 'filter' && criterion.filter.parameter.code === bornBy && isOfR4(criterion.filter.parameter);

function spanOf(dates: readonly DateInterval[]): Days {
  const lows = dates.map(({ low }) => wholeMicroseconds(low));
  const highs = dates.map(({ high }) => nextMicrosecond(high));
  return {
    low: lows.reduce((one, other) => (one < other ? one : other)),
    high: highs.reduce((one, other) => (one > other ? one : other)),
  };
}
