import { codeOf } from '../../../database/database-away.js';
import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';

/** Text that a statement has in the place of a boolean where it goes by concepts that were taken out (docs/adr/0145). */
export const releaseGone = 'the release is gone';

/** True if PostgreSQL met {@link releaseGone}, which it cannot read as a boolean. */
export const isReleaseGone = (error: Error): boolean =>
  codeOf(error) === '22P02' && error.message.includes(`"${releaseGone}"`);

/** 503: a loaded code system was replaced or removed while a request went by its codes. */
export class ReleaseGone extends TemporarilyUnavailable {
  constructor(cause: unknown) {
    super(
      5,
      'A code system by whose codes this request is judged was replaced or removed in between. Send the request again after the time in Retry-After.',
    );
    this.cause = cause;
  }
}
