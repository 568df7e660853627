import { FhirError } from '../../../r4/errors/fhir-error.js';

/** 503: PostgreSQL was stopped at a statement; nothing was stored. */
export class StatementTooSlow extends FhirError {
  readonly status = 503;

  constructor(seconds: number, setting: string) {
    super({
      code: 'too-costly',
      diagnostics:
        `The database worked on one step of this request for ${seconds} s and was stopped; nothing was stored. ` +
        `Ask for less at once: narrower criteria, fewer chained parameters, a smaller bundle. The time is the setting ${setting}.`,
    });
  }
}
