import { type DateInterval, nextMicrosecond, wholeMicroseconds } from '../../../../r4/search/values/date-interval.js';
import type { DatePrefix } from '../../../../r4/search/query/filter.js';
import type { DateValue } from './filter-values.js';
import { ascending, many, reduceDates, withinAny } from '../../many-values.js';
import type { BindParameters } from '../../session/statement.js';

/** Binds an end of the criterion's interval where a condition needs it: a parameter that is never named is an error. */
type End = () => string;
type DateConditions = Readonly<Record<DatePrefix, (low: End, high: End) => string>>;

const overlap = (low: End, high: End): string =>
  `((range.high > ${low()}) IS NOT FALSE AND (range.low < ${high()}) IS NOT FALSE)`;

/**
 * Prefixes compare the interval of the criterion with that of the row (https://hl7.org/fhir/R4/search.html#prefix). An
 * end that is null is unbounded: `IS NOT FALSE` lets it match, a plain comparison does not.
 */
const rangeConditions: DateConditions = {
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
  const [within, others] = apart(reduceDates(values, 'range'), ['eq']);
  const conditions = others.map((value) => dateCondition(value, parameters));
  if (within.length > 0) {
    const ends = { low: 'range.low', high: 'range.high', before: '<=' } as const;
    conditions.push(withinAny(within.map(intervalOf), ends, parameters));
  }
  return (
    `EXISTS (SELECT FROM unnest(${row}.ranges) AS range ` +
    `WHERE range.parameter = ${parameter} AND (${conditions.join(' OR ')}))`
  );
}

/** Splits more than a few values into those that an interval holds, and the others. */
function apart(
  values: readonly DateValue[],
  prefixes: readonly DatePrefix[],
): readonly [readonly DateValue[], readonly DateValue[]] {
  const isWithin = ({ prefix }: DateValue): boolean => prefixes.includes(prefix);
  const within = values.filter(isWithin);
  return within.length <= many ? [[], values] : [within, values.filter((value) => !isWithin(value))];
}

/** The condition on one `range`. */
export function dateCondition(value: DateValue, parameters: BindParameters): string {
  const { low, high } = intervalOf(value);
  const [from, to] = [() => parameters.add(low, 'numeric'), () => parameters.add(high, 'numeric')];
  return rangeConditions[value.prefix](from, to);
}

/** Conditions on an instant of one millisecond. */
const instantConditions = (instant: string): DateConditions => ({
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
  const [within, others] = apart(reduceDates(values, 'instant'), ['eq', 'ap', 'po']);
  const alternatives = others.map((value) => {
    const { low, high } = intervalOf(value);
    return conditions[value.prefix](end(low), end(high));
  });
  if (within.length > 0) {
    const { lows, highs } = ascending(within.map(intervalOf));
    const ends = (texts: readonly string[]): string => {
      const microseconds = parameters.add(
        texts.map((text) => String(nextMicrosecond(text))),
        'bigint[]',
      );
      return (
        `(ARRAY(SELECT timestamptz 'epoch' + one.at * interval '1 microsecond' ` +
        `FROM unnest(${microseconds}) WITH ORDINALITY AS one (at, number) ORDER BY one.number))`
      );
    };
    const [instant, first, last] = [`${row}.updated`, end(lows[0]!)(), end(highs.at(-1)!)()];
    alternatives.push(
      `(${instant} >= ${first} AND ${instant} < ${last} AND ${instant} < ${ends(highs)}[width_bucket(${instant}, ${ends(lows)})])`,
    );
  }
  return `(${alternatives.join(' OR ')})`;
}

/** For `ap`, wider by a tenth of the time between then and now. */
export function intervalOf({ prefix, low, high }: DateValue): DateInterval {
  if (prefix !== 'ap') return { low, high };
  const [from, to, now] = [wholeMicroseconds(low), nextMicrosecond(high), BigInt(Date.now()) * 1000n];
  const gap = now > to ? now - to : from > now ? from - now : 0n;
  return { low: String(from - gap / 10n), high: String(to + gap / 10n) };
}
