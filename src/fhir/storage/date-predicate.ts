import { type DateInterval, nextMicrosecond, wholeMicroseconds } from '../search/date-interval.js';
import type { DatePrefix } from '../search/filter.js';
import type { DateValue } from './filter-values.js';
import type { BindParameters } from './statement.js';

/** Binds an end of the criterion's interval where a condition needs it: a parameter that is never named is an error. */
type End = () => string;
type Conditions = Readonly<Record<DatePrefix, (low: End, high: End) => string>>;

const overlap = (low: End, high: End): string =>
  `((range.high > ${low()}) IS NOT FALSE AND (range.low < ${high()}) IS NOT FALSE)`;

/**
 * Prefixes compare the interval of the criterion with that of the row (https://hl7.org/fhir/R4/search.html#prefix). An
 * end that is null is unbounded: `IS NOT FALSE` lets it match, a plain comparison does not.
 */
const rangeConditions: Conditions = {
  eq: (low, high) => `(range.low >= ${low()} AND range.high <= ${high()})`,
  ne: (low, high) => `(range.low >= ${low()} AND range.high <= ${high()}) IS NOT TRUE`,
  gt: (_low, high) => `(range.high > ${high()}) IS NOT FALSE`,
  lt: (low) => `(range.low < ${low()}) IS NOT FALSE`,
  ge: (low, high) => `((range.high > ${high()}) IS NOT FALSE OR (range.low >= ${low()} AND range.high <= ${high()}))`,
  le: (low, high) => `((range.low < ${low()}) IS NOT FALSE OR (range.low >= ${low()} AND range.high <= ${high()}))`,
  sa: (_low, high) => `range.low >= ${high()}`,
  eb: (low) => `range.high <= ${low()}`,
  ap: overlap,
  po: overlap,
};

export function datePredicate(
  code: string,
  values: readonly DateValue[],
  row: string,
  parameters: BindParameters,
): string {
  const parameter = parameters.add(code, 'text');
  const conditions = values.map((value) => dateCondition(value, parameters));
  return (
    `EXISTS (SELECT FROM unnest(${row}.ranges) AS range ` +
    `WHERE range.parameter = ${parameter} AND (${conditions.join(' OR ')}))`
  );
}

/** The condition on one `range`. */
export function dateCondition(value: DateValue, parameters: BindParameters): string {
  const { low, high } = intervalOf(value);
  const [from, to] = [() => parameters.add(low, 'numeric'), () => parameters.add(high, 'numeric')];
  return rangeConditions[value.prefix](from, to);
}

/** The same for an instant of one millisecond. */
const instantConditions = (instant: string): Conditions => ({
  eq: (low, high) => `(${instant} >= ${low()} AND ${instant} < ${high()})`,
  ap: (low, high) => `(${instant} >= ${low()} AND ${instant} < ${high()})`,
  po: (low, high) => `(${instant} >= ${low()} AND ${instant} < ${high()})`,
  ne: (low, high) => `(${instant} < ${low()} OR ${instant} >= ${high()})`,
  gt: (_low, high) => `${instant} >= ${high()}`,
  sa: (_low, high) => `${instant} >= ${high()}`,
  lt: (low) => `${instant} < ${low()}`,
  eb: (low) => `${instant} < ${low()}`,
  ge: (low) => `${instant} >= ${low()}`,
  le: (_low, high) => `${instant} < ${high()}`,
});

/** `_lastUpdated` is a column. */
export function lastUpdatedPredicate(
  _code: string,
  values: readonly DateValue[],
  row: string,
  parameters: BindParameters,
): string {
  const conditions = instantConditions(`${row}.updated`);
  // Whole microseconds are before a finer end if they are before the next whole one, and not before it if not before that.
  const end = (microseconds: string) => () =>
    `timestamptz 'epoch' + ${parameters.add(String(nextMicrosecond(microseconds)), 'bigint')} * interval '1 microsecond'`;
  const alternatives = values.map((value) => {
    const { low, high } = intervalOf(value);
    return conditions[value.prefix](end(low), end(high));
  });
  return `(${alternatives.join(' OR ')})`;
}

/** For `ap`, wider by a tenth of the time between then and now. */
export function intervalOf({ prefix, low, high }: DateValue): DateInterval {
  if (prefix !== 'ap') return { low, high };
  const [from, to, now] = [wholeMicroseconds(low), nextMicrosecond(high), BigInt(Date.now()) * 1000n];
  const gap = now > to ? now - to : from > now ? from - now : 0n;
  return { low: String(from - gap / 10n), high: String(to + gap / 10n) };
}
