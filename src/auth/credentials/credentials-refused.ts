import { Refused } from '../../refusal/refusal.js';
import type { NotAuthenticated } from '../authentication.js';

/** Credentials that do not count, with every reason. */
export class CredentialsRefused extends Refused {
  constructor(readonly found: NotAuthenticated) {
    super(found.refusals, found);
  }
}

/** Injection token of {@link RefusalDetails}. */
export const REFUSAL_DETAILS = Symbol('REFUSAL_DETAILS');

/** Knows what else is against a request with refused credentials, so that one answer names all of it. */
export interface RefusalDetails {
  /** Throws a Refused with all of it; returns for requests that it knows nothing of. */
  refuse(refused: CredentialsRefused, request: object): void;
}
