import { TemporarilyUnavailable } from '../../r4/errors/fhir-error.js';

/** 503: what the access policies are cannot be known now, so that nothing is permitted. No refusal: nobody has said no (ADR 47). */
export class PoliciesUnknown extends TemporarilyUnavailable {
  constructor() {
    super(
      2,
      'The access policies of this server cannot be read in its database right now, and nothing is permitted without them. ' +
        'Send the request again after the time in Retry-After.',
    );
  }
}

/** 503: the request was decided by policies that have been replaced since. What has no effect yet is decided again instead. */
export class PoliciesChanged extends TemporarilyUnavailable {
  constructor() {
    super(
      1,
      'The access policies of this server changed after this request was decided, and before it was carried out. ' +
        'Send it again: it is decided by the new ones.',
    );
  }
}

export const isUndecided = (error: unknown): boolean =>
  error instanceof PoliciesUnknown || error instanceof PoliciesChanged;

const mostAttempts = 3;

/** Runs `work` again, from its start, where the policies that it was decided by have changed before it had an effect. */
export async function decidedAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PoliciesChanged) || attempt === mostAttempts) throw error;
    }
  }
}
