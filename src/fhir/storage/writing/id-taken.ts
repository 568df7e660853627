import { FhirError } from '../../../r4/errors/fhir-error.js';

/** 409: an id that the application made for a new resource is in use. */
export class IdTaken extends FhirError {
  readonly status = 409;

  constructor() {
    super({ code: 'conflict', diagnostics: 'The id of a new resource is already in use. Send the request again.' });
  }
}
