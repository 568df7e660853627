/** Break the glass (https://hl7.org/fhir/R4/security-labels.html#break-the-glass). */
export const breakGlassCode = 'BTG';

const form = /^[A-Z][A-Z0-9_-]{0,31}$/;

/** A code of https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html that all requests of a client can be for: no emergency. */
export const isFixedPurpose = (value: unknown): value is string =>
  typeof value === 'string' && form.test(value) && value !== breakGlassCode;
