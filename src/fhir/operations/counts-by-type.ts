import type { ResourceKey } from '../storage/writing/resource-key.js';

/** Declares a returned parameter that has numbers of resources, one for each type. */
export const declaredCounts = <N extends string>(name: N, documentation: string) =>
  ({
    name,
    max: '*',
    documentation,
    part: [
      { name: 'type', type: 'code', min: 1, documentation: 'Their type.' },
      { name: 'count', type: 'unsignedInt', min: 1, documentation: 'Their number.' },
    ],
  }) as const;

/** Numbers of resources by type, in the order of the types. */
export function countByType(keys: readonly Pick<ResourceKey, 'type'>[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of keys) counts.set(type, (counts.get(type) ?? 0) + 1);
  return new Map([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** The parameters that {@link declaredCounts} declares. */
export const countParameters = (name: string, counts: ReadonlyMap<string, number>) =>
  [...counts].map(([type, count]) => ({
    name,
    part: [
      { name: 'type', valueCode: type },
      { name: 'count', valueUnsignedInt: count },
    ],
  }));
