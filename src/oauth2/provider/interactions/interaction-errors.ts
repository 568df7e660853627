import { FhirError } from '../../../r4/errors/fhir-error.js';

/** The authorization request is gone: too old, answered already, or of another browser. */
export class InteractionExpired extends FhirError {
  readonly status = 400;

  constructor() {
    super({
      code: 'expired',
      diagnostics:
        'This login has expired, was completed already, or was begun in another browser. Go back to the app and start again.',
    });
  }
}

/** The decision of the page is not among what was offered. */
export class DecisionRefused extends FhirError {
  readonly status = 400;

  constructor(fact: string) {
    super({ code: 'invalid', diagnostics: `${fact} Go back to the app and start again.` });
  }
}
