import { FhirError } from '../../../r4/errors/fhir-error.js';

/** 507: the disk of the database has no room; nothing was stored. Reads go on. */
export class StorageFull extends FhirError {
  readonly status = 507;
  override readonly headers = { 'retry-after': '60' };

  constructor(cause: unknown) {
    super({
      code: 'no-store',
      diagnostics:
        'The disk of the database is full, so nothing was stored; reads go on. ' +
        'The operator of this server has to make room; then send the request again.',
    });
    this.cause = cause;
  }
}
