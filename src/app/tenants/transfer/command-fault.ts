import { FhirError } from '../../../r4/errors/fhir-error.js';

/** What keeps a tenant from being exported or imported, with the cure, for who runs the command. */
export class CommandFault extends FhirError {
  readonly status = 400;
  constructor(fact: string) {
    super({ code: 'business-rule', diagnostics: fact });
  }
}
