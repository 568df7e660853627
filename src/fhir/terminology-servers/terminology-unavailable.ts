import { TemporarilyUnavailable } from '../../r4/errors/fhir-error.js';

/** 503: the source of terminology does not answer, and nobody knows what it would say. */
export class TerminologyUnavailable extends TemporarilyUnavailable {
  constructor(name: string) {
    super(
      5,
      `The terminology source ${name} does not answer as it should right now, and only it may have what is asked for. ` +
        'Send the request again after the time in Retry-After.',
    );
  }
}
