import { compareDecimals, type Decimal, parseDecimal } from '../values/decimal.js';
import type { IndexValues, SortKey } from './index-values.js';

/** Index values of the parameters of one version. */
export type ParameterValues = Omit<IndexValues, 'words'>;

/** Index values of a resource whose parts were indexed apart: each parameter of R4 reads one element at a time. */
export function mergeIndex(parts: readonly ParameterValues[]): ParameterValues {
  return {
    tokens: union(parts, 'tokens'),
    grams: union(parts, 'grams'),
    values: union(parts, 'values'),
    ranges: parts.flatMap(({ ranges }) => ranges),
    sortNumbers: mergeKeys(parts, 'sortNumbers', compareNumbers),
    sortTexts: mergeKeys(parts, 'sortTexts', compareTexts),
    compartments: union(parts, 'compartments'),
  };
}

type Lists = 'tokens' | 'grams' | 'values' | 'compartments';

function union<K extends Lists>(parts: readonly ParameterValues[], list: K): ParameterValues[K][number][] {
  const all = new Set<ParameterValues[K][number]>();
  for (const part of parts) for (const one of part[list]) all.add(one);
  return [...all];
}

/** The lowest and the highest of each parameter. */
function mergeKeys(
  parts: readonly ParameterValues[],
  list: 'sortNumbers' | 'sortTexts',
  compare: (left: string, right: string) => number,
): readonly SortKey[] {
  const keys = new Map<string, SortKey>();
  for (const part of parts) {
    for (const key of part[list]) {
      const known = keys.get(key.parameter);
      keys.set(key.parameter, known ? widen(known, key, compare) : key);
    }
  }
  return [...keys.values()];
}

/** Index values but for those that `shared` has; sort keys of a parameter are whole where they differ. Records stay: an index finds rows by them. */
export function withoutShared(own: ParameterValues, shared: SharedValues): ParameterValues {
  return {
    ...own,
    tokens: own.tokens.filter((one) => !shared.tokens.has(one)),
    grams: own.grams.filter((one) => !shared.grams.has(one)),
    values: own.values.filter((one) => !shared.values.has(one)),
    compartments: [...new Set([...shared.compartments, ...own.compartments])],
    sortTexts: own.sortTexts.flatMap((key) => {
      const known = shared.sortTexts.get(key.parameter);
      const merged = known ? widen(known, key, compareTexts) : key;
      return merged.low === known?.low && merged.high === known.high ? [] : [merged];
    }),
  };
}

/** Index values that many rows have, to be looked up. */
export interface SharedValues {
  readonly tokens: ReadonlySet<string>;
  readonly grams: ReadonlySet<number>;
  readonly values: ReadonlySet<string>;
  readonly compartments: readonly string[];
  readonly sortTexts: ReadonlyMap<string, SortKey>;
}

export const sharedValues = ({ tokens, grams, values, compartments, sortTexts }: ParameterValues): SharedValues => ({
  compartments,
  tokens: new Set(tokens),
  grams: new Set(grams),
  values: new Set(values),
  sortTexts: new Map(sortTexts.map((key) => [key.parameter, key])),
});

export const widen = (
  known: SortKey,
  { low, high }: SortKey,
  compare: (left: string, right: string) => number,
): SortKey => ({
  parameter: known.parameter,
  low: compare(known.low, low) <= 0 ? known.low : low,
  high: compare(known.high, high) >= 0 ? known.high : high,
});

/** Orders decimal texts by their value. */
export const compareNumbers = (left: string, right: string): number => compareDecimals(exact(left), exact(right));

export const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Our own decimal text always parses. */
const exact = (text: string): Decimal => parseDecimal(text) ?? { digits: 0n, scale: 0 };
