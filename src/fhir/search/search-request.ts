import type { Criterion } from './criterion.js';

/** A type search as storage runs it: ordered by id, from a position in that order. */
export interface SearchRequest {
  readonly criteria: readonly Criterion[];
  readonly count: number;
  /** Only what comes after this id. */
  readonly after?: string;
  /** Only what comes before this id, the nearest first to be counted. */
  readonly before?: string;
}
