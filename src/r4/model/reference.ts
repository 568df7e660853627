/** A reference to a resource of this server, such as `Patient/p1` or `Patient/p1/_history/2`. */
export interface LocalReference {
  readonly type: string;
  readonly id: string;
  readonly versionId?: string;
}

const relative = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

/** A reference by a condition, such as `Patient?identifier=1`, which transactions resolve (https://hl7.org/fhir/R4/http.html#trules). */
export const conditionalReference = /^[A-Z][A-Za-z]*\?/;

/**
 * Reads a literal reference that is relative, or absolute on `base` (no trailing slash).
 * Undefined for fragments, `urn:`, other hosts and anything else: these never name a resource of ours.
 */
export function parseReference(text: string, base: string): LocalReference | undefined {
  const path = text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text;
  const match = relative.exec(path);
  if (!match) return undefined;
  return { type: match[1]!, id: match[2]!, ...(match[3] !== undefined && { versionId: match[3] }) };
}
