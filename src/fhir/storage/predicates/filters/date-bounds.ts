import { type DateInterval, nextMicrosecond, wholeMicroseconds } from '../../../../r4/search/values/date-interval.js';
import type { Criterion } from '../../../../r4/search/query/criterion.js';
import type { DatePrefix } from '../../../../r4/search/query/filter.js';
import { leadingValues, narrowest, wideEntry } from '../../../../r4/search/index/leading-values.js';
import { hashToken } from '../../../../r4/search/index/token-hash.js';
import { intervalOf } from './date-predicate.js';
import { pick } from './filter-values.js';
import { type DateBeginnings, dateBeginnings, dateKey } from '../../searching/indexed-orders.js';
import { allOf } from '../conditions.js';
import type { BindParameters } from '../../session/statement.js';

/** Bounds of the sort key of a narrow row that meets a criterion; an absent bound is none. */
export interface Bounds {
  readonly low?: bigint;
  readonly high?: bigint;
}

/** Some instant between these is one of the row's dates, too: each of them begins before the end and ends after the beginning. */
const boundsOf: Readonly<Record<DatePrefix, (low: bigint, high: bigint) => Bounds>> = {
  eq: (low, high) => ({ low, high }),
  ne: () => ({}),
  gt: (_low, high) => ({ low: high }),
  sa: (_low, high) => ({ low: high }),
  ge: (low) => ({ low }),
  lt: (low) => ({ high: low }),
  eb: (low) => ({ high: low }),
  le: (_low, high) => ({ high }),
  ap: (low, high) => ({ low, high }),
  po: (low, high) => ({ low, high }),
};

/**
 * The row's dates begin between these, or some of them does. Nothing is said of where they end: a date of `2010-03-01` is after noon of that day for `gt`,
 * `ge` and `ap`, and begins before it.
 */
const beginningOf: Readonly<Record<DatePrefix, (low: bigint, high: bigint) => Bounds>> = {
  ...boundsOf,
  gt: () => ({}),
  ge: () => ({}),
  ap: (_low, high) => ({ high }),
  po: (_low, high) => ({ high }),
};

const widened = ({ low, high }: Bounds, by: bigint): Bounds => ({
  ...(low !== undefined && { low: low - by }),
  ...(high !== undefined && { high: high + by }),
});

/** The sort key is the beginning of one of the row's dates, which span no more than {@link narrowest}. */
const ofSortKey = (bounds: Bounds): Bounds => widened(bounds, narrowest);

/** Bounds are whole microseconds, up to one beside what is asked for. */
const ofBeginnings = (bounds: Bounds): Bounds => widened(bounds, 1n);

/**
 * Conditions that criteria on the leading date of a type imply for the sort key in an index: `narrow` for rows whose
 * dates span a day at most, `wide` for the others. Undefined where they imply none.
 */
export interface DateBounds {
  readonly narrow: readonly string[];
  readonly wide: string;
  /**
   * For the beginnings of narrow rows: a walk along them need not read the dates of rows that lie beside the other bound, as many as a day has. To the planner
   * they would be conditions of their own, by which fewer rows are left.
   */
  readonly ofBeginnings: () => readonly string[];
}

/** `key`: the beginning of the first or last date of `row`, as an index has it. */
export function dateBounds(
  type: string,
  criteria: readonly Criterion[],
  { row, key }: { readonly row: string; readonly key: string },
  parameters: BindParameters,
): DateBounds | undefined {
  const date = leadingValues.get(type)?.date;
  if (date === undefined) return undefined;
  const narrow = criteria.flatMap((one) =>
    conditionsOf({ first: key, last: key }, ofSortKey(boundsOfCriterion(one, date, boundsOf)), parameters),
  );
  if (narrow.length === 0) return undefined;
  const beginnings = dateBeginnings(type, row);
  const beginsWithin = (one: Criterion): readonly string[] =>
    beginnings ? conditionsOf(beginnings, ofBeginnings(boundsOfCriterion(one, date, beginningOf)), parameters) : [];
  return {
    narrow,
    wide: `${row}.tok @> ${parameters.add(wideHashes(date), 'bigint[]')}`,
    ofBeginnings: () => criteria.flatMap(beginsWithin),
  };
}

/** The hash that rows have whose dates by this parameter span more than a day. */
export const wideHashes = (date: string): readonly string[] => [hashToken(wideEntry(date))];

/** Bounds of the sort key of a narrow row that meets all criteria on this date. */
export function commonBounds(criteria: readonly Criterion[], date: string): Bounds {
  const all = criteria.map((criterion) => ofSortKey(boundsOfCriterion(criterion, date, boundsOf)));
  const lows = all.flatMap(({ low }) => (low === undefined ? [] : [low]));
  const highs = all.flatMap(({ high }) => (high === undefined ? [] : [high]));
  return {
    ...(lows.length > 0 && { low: lows.reduce((a, b) => (a > b ? a : b)) }),
    ...(highs.length > 0 && { high: highs.reduce((a, b) => (a < b ? a : b)) }),
  };
}

/** The condition on `row`, implied by criteria on the date of the only type, that an index serves: ranges have none. */
export function impliedDates(
  types: readonly string[],
  criteria: readonly Criterion[],
  row: string,
  parameters: BindParameters,
): readonly string[] {
  const [type = '', ...others] = types;
  const key = dateKey(type, row);
  const bounds = others.length === 0 && key ? dateBounds(type, criteria, { row, key }, parameters) : undefined;
  return bounds ? [`(${allOf(bounds.narrow)} OR ${bounds.wide})`] : [];
}

/** The last begins after the lower bound, the first before the upper bound. */
const conditionsOf = (
  { first, last }: DateBeginnings,
  { low, high }: Bounds,
  parameters: BindParameters,
): readonly string[] => [
  ...(low === undefined ? [] : [`${last} >= ${parameters.add(String(low), 'numeric')}`]),
  ...(high === undefined ? [] : [`${first} <= ${parameters.add(String(high), 'numeric')}`]),
];

/** Returns the widest bounds, as any of the values may match. */
function boundsOfCriterion(criterion: Criterion, date: string, of: typeof boundsOf): Bounds {
  if (criterion.kind !== 'filter' || criterion.filter.parameter.code !== date) return {};
  const { values } = criterion.filter;
  const dates = pick(values, 'date');
  if (dates.length === 0 || dates.length < values.length) return {};
  const all = dates.map((value) => of[value.prefix](...bigInterval(intervalOf(value))));
  const lows = all.flatMap(({ low }) => (low === undefined ? [] : [low]));
  const highs = all.flatMap(({ high }) => (high === undefined ? [] : [high]));
  return {
    ...(lows.length === all.length && { low: lows.reduce((a, b) => (a < b ? a : b)) }),
    ...(highs.length === all.length && { high: highs.reduce((a, b) => (a > b ? a : b)) }),
  };
}

const bigInterval = ({ low, high }: DateInterval): readonly [bigint, bigint] => [
  wholeMicroseconds(low),
  nextMicrosecond(high),
];
