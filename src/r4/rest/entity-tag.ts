/** A version, and which mask its representation was made with. */
interface Tagged {
  readonly versionId: number;
  readonly mask?: string | undefined;
}

/** Returns the text between the quotes: the version; a masked representation has another one. */
export const opaqueTagOf = ({ versionId, mask }: Tagged): string =>
  mask === undefined ? String(versionId) : `${versionId}.m${mask}`;

/** https://hl7.org/fhir/R4/http.html#versions */
export const entityTag = (version: Tagged): string => `W/"${opaqueTagOf(version)}"`;

/** The versions of a list of tags. A comma within a tag is a part of it, and so is the rest where a quote is not closed. */
export const versionsOfTags = (list: string): readonly string[] =>
  (list.match(/(?:[^,"]|"[^"]*(?:"|$))+/g) ?? [list]).map(versionOfTag);

/** `*` in place of a list: whichever version there is. */
export const isAnyVersion = (list: string): boolean => list.trim() === '*';

/** The version that a client names in If-Match: as a tag or alone, however much of it the client was shown. */
export const versionOfTag = (tag: string): string =>
  (/^(?:W\/)?"([^"]*)"$/.exec(tag.trim())?.[1] ?? tag.trim()).replace(/^(\d+)\.m[0-9a-f]{8}$/, '$1');
