import { grouped } from '../../../r4/model/grouped.js';

/** A resource by type and id. */
export interface ResourceKey {
  readonly type: string;
  readonly id: string;
}

export const keyOf = ({ type, id }: ResourceKey): string => `${type}/${id}`;

/** The one order in which rows are locked and stored, so that parallel writes wait instead of deadlocking. */
export const byKey = (a: ResourceKey, b: ResourceKey): number => compare(a.type, b.type) || compare(a.id, b.id);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** In key order, by type: statements name one partition per type. */
export const groupByType = <T extends ResourceKey>(items: readonly T[]): ReadonlyMap<string, readonly T[]> =>
  grouped(items.toSorted(byKey), ({ type }) => type);
