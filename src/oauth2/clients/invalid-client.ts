import { FhirError } from '../../r4/errors/fhir-error.js';
import type { ClientProblem } from './client-metadata.js';

/** 400: the registration of a client is wrong; all that is wrong with it at once. */
export class InvalidClient extends FhirError {
  readonly status = 400;

  constructor(readonly problems: readonly [ClientProblem, ...ClientProblem[]]) {
    super(
      ...problems.map(({ field, fact, cure }) => ({
        code: 'value',
        diagnostics: `${fact} ${cure}`,
        expression: [field],
      })),
    );
  }
}

/** 409: the id is taken. */
export class ClientExists extends FhirError {
  readonly status = 409;

  constructor(id: string) {
    super({
      code: 'duplicate',
      diagnostics: `There is a client "${id}" already. Choose another id, or change that one.`,
    });
  }
}

/** 404 */
export class ClientNotFound extends FhirError {
  readonly status = 404;

  constructor(id: string) {
    super({
      code: 'not-found',
      diagnostics: `There is no client "${id}". "lanyard client list" shows those there are.`,
    });
  }
}
