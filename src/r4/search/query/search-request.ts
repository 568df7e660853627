import type { Include } from '../links/include.js';

/** A key of `_sort`: `_id`, `_lastUpdated`, or the code of a parameter of the one type that is searched. */
export interface SortRule {
  readonly by: string;
  readonly descending: boolean;
}

/**
 * The place of a row in the order of a search: its sort values as text, null where it has none, then its type where
 * several are searched, and its id. In an order by patient, the patient is its sort value.
 */
export type SearchPlace = readonly (string | null)[];

/** Includes of a page, whose first level may be read with it. */
export interface Following {
  readonly includes: readonly Include[];
  /** Codes of the index entries that come with each row that is included. */
  readonly codes: readonly string[];
  /** One more than may be included. */
  readonly most: number;
}

/** A page of a search as storage runs it. Ties, and what no rule orders, are ordered by type and id. */
export interface SearchRequest {
  readonly count: number;
  /** Bytes of content after which the page ends early; undefined: never. */
  readonly bytes?: number;
  readonly sort?: readonly SortRule[];
  /** True if any total order will do where `sort` names none: the one whose page costs least is taken, instead of that of ids. */
  readonly anyOrder?: boolean;
  /** Codes of the index entries that come with each row, for includes. */
  readonly linkCodes?: readonly string[];
  readonly following?: Following;
  /** Only what comes after this place. */
  readonly after?: SearchPlace;
  /** Only what comes before this place, the nearest first to be counted. */
  readonly before?: SearchPlace;
  /** Only versions made by this instant: a row that is changed while pages are read could come at its new place again. */
  readonly until?: string;
}
