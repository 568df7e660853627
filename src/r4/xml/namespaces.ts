/** https://hl7.org/fhir/R4/xml.html: every element but those of the narrative is in this namespace. */
export const fhirNamespace = 'http://hl7.org/fhir';
export const xhtmlNamespace = 'http://www.w3.org/1999/xhtml';
export const schemaInstanceNamespace = 'http://www.w3.org/2001/XMLSchema-instance';
