import { FhirError } from '../../r4/errors/fhir-error.js';

/** An operation on a tenant is refused: 404 for an unknown tenant, 409 for a name that is taken, 400 otherwise. */
export class InvalidTenant extends FhirError {
  constructor(
    readonly status: 400 | 404 | 409,
    fact: string,
  ) {
    super({ code: codes[status], diagnostics: fact });
  }
}

const codes = { 400: 'business-rule', 404: 'not-found', 409: 'duplicate' } as const;
