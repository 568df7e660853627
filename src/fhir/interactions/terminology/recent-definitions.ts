import { LRUCache } from 'lru-cache';

/** Milliseconds for which a definition that another process may change is kept (docs/adr/0152). */
const keptFor = 1000;
/** Items of definitions that are kept, as the caches of their contents count them. */
const mostKept = 50_000;
/** Characters of a canonical that count as one item: clients choose them, also where nothing has them. */
const perItem = 100;

/** Result of a lookup by canonical; undefined content: no definition has it. */
interface Recent<T> {
  readonly state: string;
  readonly content: T | undefined;
}

/** Definitions found by canonical within the last second, for callers who may read all of a type. */
export class RecentDefinitions<T extends { readonly size: number }> {
  private madeKept: LRUCache<string, Recent<T>> | undefined;

  /** `state`: of what this process has written and installed, by now. */
  find(canonical: string, state: string): Recent<T> | undefined {
    const recent = this.kept.get(canonical);
    return recent?.state === state ? recent : undefined;
  }

  /** `state`: before the canonical was looked up, so that what is kept is never older. */
  keep(canonical: string, state: string, content: T | undefined): void {
    this.kept.set(
      canonical,
      { state, content },
      { size: 1 + Math.ceil(canonical.length / perItem) + (content?.size ?? 0) },
    );
  }

  private get kept(): LRUCache<string, Recent<T>> {
    return (this.madeKept ??= new LRUCache({ maxSize: mostKept, ttl: keptFor }));
  }
}
