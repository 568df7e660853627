import type { LocalIssuer } from '../accounts/local-issuer.js';
import type { Principal } from '../principal.js';
import { refusal } from '../refusals/token-refusal.js';
import { CheckResult } from './check-result.js';

export const revocationRetrySeconds = 5;

/** Result for a token of another issuer; whether that issuer is asked is the check `introspection`. */
export const notAsked = CheckResult.notRun(
  'revocation',
  'it is a token of another issuer, which is asked only where "introspection" in TRUSTED_ISSUERS says so',
);

/** Checks if a token of this server, or its session, was revoked. Synchronous while the local list is fresh. */
export function checkRevocation(principal: Principal, local: LocalIssuer): CheckResult | Promise<CheckResult> {
  const { tokenId, sessionId } = principal;
  try {
    const isRevoked = local.isRevoked({
      ...(tokenId !== undefined && { tokenId }),
      ...(sessionId !== undefined && { sessionId }),
    });
    return typeof isRevoked === 'boolean' ? resultOf(isRevoked) : isRevoked.then(resultOf, unavailable);
  } catch {
    return unavailable();
  }
}

const resultOf = (isRevoked: boolean): CheckResult =>
  CheckResult.of(
    'revocation',
    isRevoked
      ? [refusal('token-revoked', 'The token was revoked, or its session was ended by a logout.', 'Log in again.')]
      : [],
  );

const unavailable = (): CheckResult =>
  CheckResult.of('revocation', [
    refusal(
      'revocations-unavailable',
      'Whether the token was revoked cannot be checked right now, so it does not count.',
      `Repeat the request in ${revocationRetrySeconds} s.`,
    ),
  ]);
