import type { NotAuthenticated } from '../authentication.js';
import { cleaned, refusal } from '../refusals/token-refusal.js';
import type { IntrospectionAnswer } from './introspection-answer.js';

const retryAfterSeconds = 5;

/** Refusal for a token that the issuer does not confirm. */
export function refuseAnswer(
  answer: Exclude<IntrospectionAnswer, { kind: 'active' }>,
  issuer: string,
): NotAuthenticated {
  if (answer.kind === 'inactive') {
    const fact = `Issuer '${cleaned(issuer)}' was asked and says that the token is not active: unknown, expired or revoked.`;
    return { refusals: [refusal('token-inactive', fact, 'Get a new token.')] };
  }
  return {
    refusals: [
      refusal(
        'introspection-unavailable',
        `Issuer '${cleaned(issuer)}' cannot be asked about the token right now: ${answer.cause}.`,
        `The token may well be good: repeat the request in ${retryAfterSeconds} s. If it lasts, an administrator checks ` +
          '"introspection" of this issuer in TRUSTED_ISSUERS.',
      ),
    ],
    status: 503,
    retryAfterSeconds,
  };
}
