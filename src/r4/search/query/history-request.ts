import type { DateInterval } from '../values/date-interval.js';

/** The place of a version in the order of a history; versions of one resource never share a time. */
export interface VersionPlace {
  /** Instant with milliseconds. */
  readonly lastUpdated: string;
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
}

/** A page of a history as storage runs it (https://hl7.org/fhir/R4/http.html#history). */
export interface HistoryRequest {
  readonly count: number;
  /** Bytes of content after which the page ends early; undefined: never. */
  readonly bytes?: number;
  readonly newestFirst: boolean;
  /** Only versions made then or later; microseconds since 1970. */
  readonly since?: string;
  /** Only versions that were current at some time in between. */
  readonly at?: DateInterval;
  /** Only what comes after this version. */
  readonly after?: VersionPlace;
  /** Only what comes before this version, the nearest first to be counted. */
  readonly before?: VersionPlace;
}
