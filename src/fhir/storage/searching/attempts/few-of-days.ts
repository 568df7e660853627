import { leadingValues } from '../../../../r4/search/index/leading-values.js';
import { isOfR4 } from '../../../../r4/search/parameters/search-parameters.js';
import type { Criterion } from '../../../../r4/search/query/criterion.js';
import { type DateInterval, nextMicrosecond, wholeMicroseconds } from '../../../../r4/search/values/date-interval.js';
import { tableOf } from '../../partitions.js';
import { pick } from '../../predicates/filters/filter-values.js';
import { tenant } from '../../session/tenant-parameter.js';
import { areJudgedAlone, sourceOf } from '../found-rows.js';
import { dateKey } from '../indexed-orders.js';
import { type AccessTo, groupTargets, type SearchTarget } from '../search-groups.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import { pageSql } from '../search-strategies.js';
import { isSelective } from '../selectivity.js';
import type { Attempt } from './attempt.js';

/** So many rows are soon read, whatever else is asked of them. */
const few = 200;
/** Microseconds of the longest month. */
const longest = 31n * 86_400_000_000n;

/**
 * Patients born on a day, or in a month, beside whatever else is asked: few are, and the index of birth dates finds them. Which is rarer, a name or
 * a birth date, PostgreSQL has to plan anew for each search. Undefined where nobody asks for a birth date so.
 */
export function fewOfDays(targets: readonly SearchTarget[], page: PageOf, accessTo: AccessTo): Attempt | undefined {
  const [group, ...others] = groupTargets(targets, accessTo);
  if (!group || others.length > 0 || group.types[0] !== 'Patient' || !page.order.isPlain) return undefined;
  const days = birthDaysOf(group.criteria);
  if (!days || isSelective(group) || !areJudgedAlone(group)) return undefined;
  const compiler = compilerOf(page, accessTo);
  const { parameters } = compiler;
  const key = dateKey('Patient', 'r')!;
  const born = [
    `${key} >= ${parameters.add(String(days.low), 'numeric')}`,
    `${key} < ${parameters.add(String(days.high), 'numeric')}`,
  ];
  const text = pageSql([{ ...group, source: sourceOf('Patient', born) }], compiler);
  return {
    key: `Patient ${days.low} ${days.high}`,
    statement: { text, values: parameters.values, isPlannedOnce: true },
    premise: `NOT EXISTS (SELECT FROM ${tableOf('Patient')} AS r WHERE r.tenant = ${tenant} AND ${born.join(' AND ')} OFFSET ${few})`,
    when: `first, for a birth date that no more than ${few} Patients have`,
  };
}

interface Days {
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * Bounds of the birth dates of all matches, in microseconds. R4's birth date is one, so `eq` holds for those that begin and end within it; of a
 * definition that has taken its place nothing is known.
 */
function birthDaysOf(criteria: readonly Criterion[]): Days | undefined {
  const born = leadingValues.get('Patient')!.date;
  for (const criterion of criteria) {
    if (criterion.kind !== 'filter') continue;
    const { parameter, values } = criterion.filter;
    const dates = pick(values, 'date').filter(({ prefix }) => prefix === 'eq');
    if (parameter.code !== born || !isOfR4(parameter) || dates.length === 0 || dates.length < values.length) continue;
    const days = spanOf(dates);
    if (days.high - days.low <= longest) return days;
  }
  return undefined;
}

function spanOf(dates: readonly DateInterval[]): Days {
  const lows = dates.map(({ low }) => wholeMicroseconds(low));
  const highs = dates.map(({ high }) => nextMicrosecond(high));
  return {
    low: lows.reduce((one, other) => (one < other ? one : other)),
    high: highs.reduce((one, other) => (one > other ? one : other)),
  };
}
