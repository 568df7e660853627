/** The parameter of a type by whose reference its resources stand below each other (https://hl7.org/fhir/R4/search.html#reference). */
export const hierarchies: ReadonlyMap<string, string> = new Map([
  ['CarePlan', 'part-of'],
  ['Communication', 'part-of'],
  ['Encounter', 'part-of'],
  ['Location', 'partof'],
  ['Organization', 'partof'],
  ['Procedure', 'part-of'],
  ['ResearchStudy', 'partof'],
  ['Task', 'part-of'],
]);
