import type { Filter } from './filter.js';

/** A type search as storage runs it: ordered by id, from a position in that order. */
export interface SearchRequest {
  readonly filters: readonly Filter[];
  readonly count: number;
  /** Only what comes after this id. */
  readonly after?: string;
  /** Only what comes before this id, the nearest first to be counted. */
  readonly before?: string;
}
