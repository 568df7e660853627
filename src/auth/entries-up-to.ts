/**
 * Bound of an `LRUCache` by number of entries. With its `max` the cache takes the memory of all entries when it is made, 160 kB for
 * 10,000, and each tenant has caches of its own.
 */
export const entriesUpTo = (most: number) => ({ maxSize: most, sizeCalculation: () => 1 }) as const;
