import { FhirError } from '../../r4/errors/fhir-error.js';

/** 422: what was given is no FHIR package that this server takes; one line that names it, the mistake and the cure. */
export class InvalidPackage extends FhirError {
  readonly status = 422;
  constructor(
    /** `name@version`, a path or an address. */
    readonly given: string,
    readonly fact: string,
  ) {
    super({ code: 'invalid', diagnostics: `${given} ${fact}` });
  }
}
