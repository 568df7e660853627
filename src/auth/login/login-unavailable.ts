import { FhirError } from '../../fhir/model/fhir-error.js';

/** 503: users and sessions cannot be looked up at the moment. */
export class LoginUnavailable extends FhirError {
  readonly status = 503;
  override readonly headers = { 'retry-after': '2' };

  constructor() {
    super({ code: 'transient', diagnostics: 'The database cannot answer right now. Try again in a few seconds.' });
  }
}
