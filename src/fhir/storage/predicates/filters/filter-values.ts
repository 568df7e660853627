import type { FilterValue, NumberBounds } from '../../../../r4/search/query/filter.js';

export type ValueOf<K extends FilterValue['kind']> = Extract<FilterValue, { readonly kind: K }>;

export type TokenValue = ValueOf<'token'>;
/** Values that are found by a hash. */
export type HashedValue = ValueOf<'token' | 'reference' | 'uri' | 'of-type'>;
/** Values that are found in the texts of `val` alone. */
export type TextValue = ValueOf<
  'string' | 'whole-string' | 'exact-string' | 'part-of-string' | 'end-of-string' | 'text' | 'uri-below'
>;
export type DateValue = ValueOf<'date'>;
export type NumberValue = NumberBounds & ValueOf<'number' | 'quantity'>;

/** Returns the values of the kinds. */
export function pick<K extends FilterValue['kind']>(
  values: readonly FilterValue[],
  ...kinds: readonly K[]
): readonly ValueOf<K>[] {
  return values.filter((value): value is ValueOf<K> => (kinds as readonly string[]).includes(value.kind));
}
