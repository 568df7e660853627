import { FhirError } from '../model/fhir-error.js';

/** 503: the database cannot answer at the moment; nothing was stored, or it is unknown whether it was. */
export class ServiceUnavailable extends FhirError {
  readonly status = 503;
  override readonly headers = { 'retry-after': '2' };

  constructor(cause: unknown) {
    super({
      code: 'transient',
      diagnostics: 'The database cannot answer right now. Send the request again after the time in Retry-After.',
    });
    this.cause = cause;
  }
}
