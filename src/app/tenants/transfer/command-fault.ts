import { FhirError } from '../../../r4/errors/fhir-error.js';

/** The reason why a tenant cannot be exported or imported, with the cure; for the operator. */
export class CommandFault extends FhirError {
  readonly status = 400;
  constructor(fact: string) {
    super({ code: 'business-rule', diagnostics: fact });
  }
}
