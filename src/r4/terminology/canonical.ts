/** https://hl7.org/fhir/R4/references.html#canonical */
export interface Canonical {
  readonly url: string;
  readonly version?: string;
}

export function parseCanonical(text: string): Canonical {
  const end = text.lastIndexOf('|');
  if (end < 1) return { url: text };
  const version = text.slice(end + 1);
  return { url: text.slice(0, end), ...(version !== '' && { version }) };
}

export const canonicalText = (url: string, version?: string): string =>
  version === undefined ? url : `${url}|${version}`;
