import { InvalidRequest } from '../../errors/fhir-error.js';

/** 400 that `Prefer: handling=lenient` turns into a warning: R4 has it, or not, but it does not run here. */
export class NotSearchable extends InvalidRequest {
  constructor(fact: string) {
    super({ code: 'not-supported', diagnostics: fact });
  }
}
