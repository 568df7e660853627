import { FhirError } from '../errors/fhir-error.js';

/** 406: the resource holds something that FHIR XML has no form for; JSON has. */
export class NotRepresentableInXml extends FhirError {
  readonly status = 406;
  constructor(expression: string, fact: string) {
    super({
      code: 'not-supported',
      diagnostics: `${expression} ${fact}, which XML cannot hold. Ask for application/fhir+json.`,
      expression: [expression],
    });
  }
}
