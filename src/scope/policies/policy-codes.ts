import type { OfTerminology } from '../../r4/search/query/filter.js';
import type { CodeSet } from '../../r4/terminology/value-sets/code-set.js';

/** Codes that a value stands for, or the reason why they cannot be listed. */
export type ListedCodes = CodeSet | string;

/** Looks up the codes of the value sets and hierarchies in policies, with the rights of the server. */
export interface CodesReader {
  /** By {@link nameOfCodes}; the same map again while nothing changed. */
  read(values: readonly OfTerminology[]): Promise<ReadonlyMap<string, ListedCodes>>;
}

export const nameOfCodes = (value: OfTerminology): string =>
  value.kind === 'in' ? `in ${value.valueSet}` : `${value.direction} ${value.system}|${value.code}`;
