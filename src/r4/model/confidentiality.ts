/** https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html, from the lowest to the highest. */
export const confidentialities = ['U', 'L', 'M', 'N', 'R', 'V'] as const;
/** A code of https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html, from `U` (unrestricted) to `V` (very restricted). */
export type Confidentiality = (typeof confidentialities)[number];

export const isConfidentiality = (text: unknown): text is Confidentiality =>
  (confidentialities as readonly unknown[]).includes(text);

/** Returns the confidentiality labels above a clearance. */
export const above = (clearance: Confidentiality): readonly Confidentiality[] =>
  confidentialities.slice(confidentialities.indexOf(clearance) + 1);

/** Returns the clearance of two who act together. */
export const lower = (one: Confidentiality, other: Confidentiality): Confidentiality =>
  confidentialities.indexOf(one) <= confidentialities.indexOf(other) ? one : other;
