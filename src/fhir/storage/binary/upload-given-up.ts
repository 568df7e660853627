import { FhirError } from '../../../r4/errors/fhir-error.js';

/** 408: an upload so old that it was taken for one that its client had left. */
export class UploadGivenUp extends FhirError {
  readonly status = 408;

  constructor() {
    super({ code: 'timeout', diagnostics: 'The content took longer than a day to arrive. Send it again, faster.' });
  }
}
