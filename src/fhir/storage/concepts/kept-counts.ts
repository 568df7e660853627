import { LRUCache } from 'lru-cache';

/** Blocks of all selections whose numbers are kept. */
const mostKept = 20_000;
/** Characters of a selection that count as one block: clients choose them. */
const perBlock = 100;

/** Bounds of a question. */
export interface LookLimits {
  /** Concepts that one statement may look at. */
  readonly most: number;
  /** Concepts of a block. */
  readonly block: number;
  /** Concepts that may be looked at block by block. */
  readonly inBlocks: number;
  /** Concepts that a word or a condition may lead to before a page is looked for without that lead. */
  readonly ledTo: number;
}

/** Of each block, as far as it was counted. */
export type Counts = (number | undefined)[];

/** Numbers of concepts that were counted for questions before: a load never changes (docs/adr/0147). */
export class KeptCounts {
  private madeKept: LRUCache<string, Counts> | undefined;
  private madeCosts: LRUCache<string, number> | undefined;

  /** How many concepts a condition leads to, about. */
  costOf(key: string): number | undefined {
    return this.costs.get(key);
  }

  keepCost(key: string, cost: number): void {
    this.costs.set(key, cost, { size: 1 + Math.floor(key.length / perBlock) });
  }

  /** Of each block of a selection, as far as they were counted. */
  ofBlocks(key: string, blocks: number): Counts {
    const known = this.kept.get(key);
    if (known) return known;
    const counts: Counts = Array.from({ length: blocks });
    this.kept.set(key, counts, { size: blocks + Math.ceil(key.length / perBlock) });
    return counts;
  }

  private get kept(): LRUCache<string, Counts> {
    return (this.madeKept ??= new LRUCache({ maxSize: mostKept }));
  }

  private get costs(): LRUCache<string, number> {
    return (this.madeCosts ??= new LRUCache({ maxSize: mostKept }));
  }
}
