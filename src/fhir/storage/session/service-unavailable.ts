import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';

/** 503: the database cannot answer at the moment; nothing was stored, or it is unknown whether it was. */
export class ServiceUnavailable extends TemporarilyUnavailable {
  constructor(cause: unknown) {
    super(2, 'The database cannot answer right now. Send the request again after the time in Retry-After.');
    this.cause = cause;
  }
}
