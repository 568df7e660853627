import { compareDecimals, parseDecimal } from '../../r4/search/values/decimal.js';
import type { DatePrefix } from '../../r4/search/query/filter.js';
import type { DateValue, NumberValue } from './predicates/filters/filter-values.js';
import type { BindParameters } from './session/statement.js';

/** Beyond so many values of one parameter, they are compared as sets instead of one by one. */
export const many = 32;

/** Ends as decimal text. */
interface Interval {
  readonly low: string;
  readonly high: string;
}

const compare = (one: string, other: string): number => compareDecimals(parseDecimal(one)!, parseDecimal(other)!);
const least = (texts: readonly string[]): string => texts.reduce((a, b) => (compare(a, b) <= 0 ? a : b));
const greatest = (texts: readonly string[]): string => texts.reduce((a, b) => (compare(a, b) >= 0 ? a : b));

/** Returns the intersection: a value outside one of the intervals is outside of it, and the other way round. */
const commonOf = (all: readonly Interval[]): Interval => ({
  low: greatest(all.map(({ low }) => low)),
  high: least(all.map(({ high }) => high)),
});

/** Values of one prefix. */
function byPrefix<P extends string, V extends { readonly prefix: P }>(
  values: readonly V[],
): ReadonlyMap<P, readonly V[]> {
  const groups = new Map<P, V[]>();
  for (const value of values) {
    const group = groups.get(value.prefix);
    if (group) group.push(value);
    else groups.set(value.prefix, [value]);
  }
  return groups;
}

/**
 * Fewer values that a row matches any of whenever it matches any of the dates: of those before or after something, the one
 * that goes furthest. Those within an interval stay. `of`: `ge` and `le` of a range are also met within their interval.
 */
export function reduceDates(values: readonly DateValue[], of: 'range' | 'instant'): readonly DateValue[] {
  if (values.length <= many) return values;
  const split = of === 'range' ? values.flatMap(splitOfRange) : values;
  return [...byPrefix(split).values()].flatMap((group) => reduceGroup(group));
}

/** https://hl7.org/fhir/R4/search.html#prefix */
const splitOfRange = (value: DateValue): readonly DateValue[] =>
  value.prefix === 'ge' || value.prefix === 'le'
    ? [
        { ...value, prefix: value.prefix === 'ge' ? 'gt' : 'lt' },
        { ...value, prefix: 'eq' },
      ]
    : [value];

const furthest: Partial<Record<DatePrefix, (all: readonly DateValue[]) => Interval>> = {
  gt: (all) => ({ low: all[0]!.low, high: least(all.map(({ high }) => high)) }),
  sa: (all) => ({ low: all[0]!.low, high: least(all.map(({ high }) => high)) }),
  ge: (all) => ({ low: least(all.map(({ low }) => low)), high: all[0]!.high }),
  lt: (all) => ({ low: greatest(all.map(({ low }) => low)), high: all[0]!.high }),
  eb: (all) => ({ low: greatest(all.map(({ low }) => low)), high: all[0]!.high }),
  le: (all) => ({ low: all[0]!.low, high: greatest(all.map(({ high }) => high)) }),
  ne: commonOf,
};

function reduceGroup(group: readonly DateValue[]): readonly DateValue[] {
  const [first] = group;
  const reduced = first && furthest[first.prefix]?.(group);
  return first && reduced ? [{ ...first, ...reduced }] : group;
}

const aboves: ReadonlySet<string> = new Set(['gt', 'ge', 'sa']);

/** Reduces many numbers of one unit, like {@link reduceDates}. */
export function reduceNumbers(values: readonly NumberValue[]): readonly NumberValue[] {
  if (values.length <= many) return values;
  return [...byPrefix(values)].flatMap(([prefix, group]) => {
    const [first] = group;
    if (!first || prefix === 'eq' || prefix === 'ap') return group;
    if (prefix === 'ne') return [{ ...first, ...commonOf(group) }];
    const all = group.map(({ value }) => value);
    return [{ ...first, value: aboves.has(prefix) ? least(all) : greatest(all) }];
  });
}

/**
 * The SQL condition that `low` to `high` lies within any of the intervals: of those that begin no later, the one that ends
 * last decides, and a binary search finds it. `before`: the end itself is outside.
 */
export function withinAny(
  intervals: readonly Interval[],
  { low, high, before }: Interval & { readonly before: '<' | '<=' },
  parameters: BindParameters,
): string {
  const { lows, highs } = ascending(intervals);
  const ends = `(${parameters.add(highs, 'numeric[]')})`;
  return `${high} ${before} ${ends}[width_bucket(${low}, ${parameters.add(lows, 'numeric[]')})]`;
}

/** In the order of their starts, each with the last end of those up to it. */
export function ascending(intervals: readonly Interval[]): { readonly lows: string[]; readonly highs: string[] } {
  const read = intervals.map(({ low, high }) => ({ low, high, at: parseDecimal(low)!, end: parseDecimal(high)! }));
  read.sort((one, other) => compareDecimals(one.at, other.at));
  let last = read[0]!;
  const highs = read.map((one) => {
    if (compareDecimals(one.end, last.end) > 0) last = one;
    return last.high;
  });
  return { lows: read.map(({ low }) => low), highs };
}
