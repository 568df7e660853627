import type { JsonObject } from '../../r4/json/json.js';

/** A version that was written. */
export interface WrittenRecord {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
  /** True if there was no live resource before. */
  readonly created: boolean;
}

/** One page of a search. */
export interface RecordsPage {
  /** Matches, in the order of the search. */
  readonly resources: readonly JsonObject[];
  /** Resources that `_include` and `_revinclude` brought. */
  readonly included: readonly JsonObject[];
  /** The query of the next page; undefined on the last one. */
  readonly next?: string;
}

/** Criteria as in a URL: `status=final&_count=10`. */
export type RecordsQuery = string | URLSearchParams;

/**
 * Stored resources, as code of extensions reads and writes them: through the interactions that requests go through, so that
 * validation, hooks, policies, labels, Consents and the audit hold (ADR 61). What the caller may not do is refused as in a
 * request (403, 404); what was not declared is a defect (500). Throws FhirErrors.
 */
export interface Records {
  /** Throws 404 and 410. */
  read(type: string, id: string): Promise<JsonObject>;
  /** Matches of all pages, `most` (1000 unless said, 10000 at most) in all; throws 422 if there are more. */
  search(type: string, query: RecordsQuery, most?: number): Promise<readonly JsonObject[]>;
  page(type: string, query: RecordsQuery): Promise<RecordsPage>;
  /** The server chooses the id. */
  create(resource: JsonObject): Promise<WrittenRecord>;
  /** The resource has its id. `ifMatch`: a version, as `3` or `W/"3"`; another one is 412. */
  update(resource: JsonObject, ifMatch?: string): Promise<WrittenRecord>;
  /** Operations of JSON Patch (RFC 6902). */
  patch(type: string, id: string, operations: readonly JsonObject[]): Promise<WrittenRecord>;
  delete(type: string, id: string): Promise<WrittenRecord>;
  /** All that `work` writes is stored or none; inside, use only its argument. It runs again after a lost race. */
  transaction<T>(work: (records: Records) => Promise<T>): Promise<T>;
  /**
   * The records as the server itself: no scope, policy, label or Consent limits it. Only where the declaration says
   * `system`; each use is an AuditEvent with the extension, the reason and the caller.
   */
  asSystem(reason: string): Records;
}
