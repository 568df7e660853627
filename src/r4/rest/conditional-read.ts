import { opaqueTagOf } from './entity-tag.js';

/** Headers by which a client names the version it has. */
export interface ReadConditions {
  /** A list of ETags, or `*`. */
  readonly ifNoneMatch?: string | undefined;
  /** UTC, to the second or millisecond: `2024-05-01T10:00:00`. */
  readonly modifiedSince?: string | undefined;
}

/**
 * True if the client has this version already (https://hl7.org/fhir/R4/http.html#cread; RFC 9110 section 13.1): by
 * `If-None-Match`, compared weakly, and only without one by `If-Modified-Since`.
 */
export function isUnchanged(
  { ifNoneMatch, modifiedSince }: ReadConditions,
  version: { readonly versionId: number; readonly lastUpdated: string; readonly mask?: string | undefined },
): boolean {
  if (ifNoneMatch !== undefined)
    return ifNoneMatch.trim() === '*' || tagsOf(ifNoneMatch).includes(opaqueTagOf(version));
  return modifiedSince !== undefined && version.lastUpdated.slice(0, modifiedSince.length) <= modifiedSince;
}

const tagsOf = (list: string): readonly string[] =>
  Array.from(list.matchAll(/(?:^|,)\s*(?:W\/)?"([^"]*)"\s*(?=,|$)/g), ([, tag = '']) => tag);
