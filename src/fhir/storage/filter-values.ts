import type { FilterValue } from '../search/filter.js';

type ValueOf<K extends FilterValue['kind']> = Extract<FilterValue, { readonly kind: K }>;

export type TokenValue = ValueOf<'token'>;
/** Values that are found by a hash. */
export type HashedValue = ValueOf<'token' | 'reference' | 'uri'>;
export type StringValue = ValueOf<'string'>;
export type DateValue = ValueOf<'date'>;
