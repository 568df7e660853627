import { TemporarilyUnavailable } from '../../r4/errors/fhir-error.js';

/** 503: users and sessions cannot be looked up at the moment. */
export class LoginUnavailable extends TemporarilyUnavailable {
  constructor() {
    super(2, 'The database cannot answer right now. Try again in a few seconds.');
  }
}
