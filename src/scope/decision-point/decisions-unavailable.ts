import { TemporarilyUnavailable } from '../../r4/errors/fhir-error.js';

/** 503: the decision point of the application does not answer, or was not asked, so that nothing is permitted. Nobody has said no. */
export class DecisionsUnavailable extends TemporarilyUnavailable {
  constructor(name: string) {
    super(
      5,
      `The decision point ${name} has a say in every access to this server, and it does not answer as it should right now. ` +
        'Nothing is permitted without it. Send the request again after the time in Retry-After; if it lasts, the operator finds the cause in the log.',
    );
  }
}
