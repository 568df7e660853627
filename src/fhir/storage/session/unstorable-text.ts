import { InvalidRequest } from '../../../r4/errors/fhir-error.js';

/** 400: PostgreSQL stores neither U+0000 nor half a surrogate pair. */
export class UnstorableText extends InvalidRequest {
  constructor() {
    super({
      code: 'value',
      diagnostics: 'A text contains U+0000 or half of a surrogate pair, which cannot be stored.',
    });
  }
}
