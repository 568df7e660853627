/** Values read from versions of resources, by `id/versionId`; the least recently used one goes first. */
export class VersionCache<T> {
  private readonly items = new Map<string, { readonly value: T; readonly weight: number }>();
  private weight = 0;

  constructor(private readonly limits: { readonly entries: number; readonly weight: number }) {}

  /** Returns the present values of a kind, unaffected by later changes. */
  snapshot(isWanted: (value: T) => boolean): ReadonlyMap<string, T> {
    const wanted = new Map<string, T>();
    for (const [key, { value }] of this.items) if (isWanted(value)) wanted.set(key, value);
    return wanted;
  }

  /** The value, which is then the last to go. */
  use(key: string): T | undefined {
    const item = this.items.get(key);
    if (!item) return undefined;
    this.items.delete(key);
    this.items.set(key, item);
    return item.value;
  }

  /** Keeps a value unless it is heavier than all may be together. */
  set(key: string, value: T, weight: number): void {
    if (this.items.has(key) || weight > this.limits.weight) return;
    this.items.set(key, { value, weight });
    this.weight += weight;
    for (const [oldest, item] of this.items) {
      if (this.items.size <= this.limits.entries && this.weight <= this.limits.weight) return;
      this.items.delete(oldest);
      this.weight -= item.weight;
    }
  }
}
