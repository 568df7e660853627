/** https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html, from the lowest to the highest. */
export const confidentialities = ['U', 'L', 'M', 'N', 'R', 'V'] as const;
export type Confidentiality = (typeof confidentialities)[number];

export const isConfidentiality = (text: unknown): text is Confidentiality =>
  (confidentialities as readonly unknown[]).includes(text);

/** Those above a clearance. */
export const above = (clearance: Confidentiality): readonly Confidentiality[] =>
  confidentialities.slice(confidentialities.indexOf(clearance) + 1);

/** What two who act together may see. */
export const lower = (one: Confidentiality, other: Confidentiality): Confidentiality =>
  confidentialities.indexOf(one) <= confidentialities.indexOf(other) ? one : other;
