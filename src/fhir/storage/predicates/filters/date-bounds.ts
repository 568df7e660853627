import { type DateInterval, nextMicrosecond, wholeMicroseconds } from '../../../../r4/search/values/date-interval.js';
import type { Criterion } from '../../../../r4/search/query/criterion.js';
import type { DatePrefix } from '../../../../r4/search/query/filter.js';
import { leadingValues, narrowest, wideEntry } from '../../../../r4/search/index/leading-values.js';
import { storedHashes } from '../../indexing/stored-hashes.js';
import { intervalOf } from './date-predicate.js';
import { pick } from './filter-values.js';
import { dateKey } from '../../searching/indexed-orders.js';
import { allOf } from '../conditions.js';
import type { BindParameters } from '../../session/statement.js';

/** Bounds of the sort key of a narrow row that meets a criterion; an absent bound is none. */
export interface Bounds {
  readonly low?: bigint;
  readonly high?: bigint;
}

/** Where the dates of a narrow row begin that meet the interval from `low` up to `high`, and end at most {@link narrowest} later (`rangeConditions` of date-predicate.ts). */
const boundsOf: Readonly<Record<DatePrefix, (low: bigint, high: bigint) => Bounds>> = {
  eq: (low, high) => ({ low, high }),
  ne: () => ({}),
  gt: (_low, high) => ({ low: high - narrowest }),
  sa: (_low, high) => ({ low: high }),
  ge: (low, high) => ({ low: low < high - narrowest ? low : high - narrowest }),
  lt: (low) => ({ high: low }),
  eb: (low) => ({ high: low }),
  le: (_low, high) => ({ high }),
  ap: (low, high) => ({ low: low - narrowest, high }),
  po: (low, high) => ({ low: low - narrowest, high }),
};

/**
 * Conditions that criteria on the leading date of a type imply for the sort key in an index: `narrow` for rows whose
 * dates have one beginning and span a day at most, `wide` for the others. Undefined where they imply none.
 */
export interface DateBounds {
  readonly narrow: readonly string[];
  readonly wide: string;
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
  const narrow = criteria.flatMap((one) => conditionsOf(key, boundsOfCriterion(one, date), parameters));
  if (narrow.length === 0) return undefined;
  return { narrow, wide: `${row}.tok @> ${parameters.add(wideHashes(date), 'bigint[]')}` };
}

/** The hash that rows have whose dates by this parameter are not narrow. */
export const wideHashes = (date: string): readonly string[] => storedHashes([wideEntry(date)]);

/** Bounds of the sort key of a narrow row that meets all criteria on this date. */
export function commonBounds(criteria: readonly Criterion[], date: string): Bounds {
  const all = criteria.map((criterion) => boundsOfCriterion(criterion, date));
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

const conditionsOf = (key: string, { low, high }: Bounds, parameters: BindParameters): readonly string[] => [
  ...(low === undefined ? [] : [`${key} >= ${parameters.add(String(low), 'numeric')}`]),
  ...(high === undefined ? [] : [`${key} <= ${parameters.add(String(high), 'numeric')}`]),
];

/** Returns the widest bounds, as any of the values may match; each a microsecond wider, since sort keys and bounds are whole ones. */
function boundsOfCriterion(criterion: Criterion, date: string): Bounds {
  if (criterion.kind !== 'filter' || criterion.filter.parameter.code !== date) return {};
  const { values } = criterion.filter;
  const dates = pick(values, 'date');
  if (dates.length === 0 || dates.length < values.length) return {};
  const all = dates.map((value) => boundsOf[value.prefix](...bigInterval(intervalOf(value))));
  const lows = all.flatMap(({ low }) => (low === undefined ? [] : [low]));
  const highs = all.flatMap(({ high }) => (high === undefined ? [] : [high]));
  return {
    ...(lows.length === all.length && { low: lows.reduce((a, b) => (a < b ? a : b)) - 1n }),
    ...(highs.length === all.length && { high: highs.reduce((a, b) => (a > b ? a : b)) + 1n }),
  };
}

const bigInterval = ({ low, high }: DateInterval): readonly [bigint, bigint] => [
  wholeMicroseconds(low),
  nextMicrosecond(high),
];
