const syntax = /^[A-Za-z0-9\-.]{1,64}$/;

/** https://hl7.org/fhir/R4/datatypes.html#id */
export const isId = (text: string): boolean => syntax.test(text);
