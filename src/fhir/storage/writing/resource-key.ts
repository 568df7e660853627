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
export function groupByType<T extends ResourceKey>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items.toSorted(byKey)) {
    const group = groups.get(item.type);
    if (group) group.push(item);
    else groups.set(item.type, [item]);
  }
  return groups;
}
