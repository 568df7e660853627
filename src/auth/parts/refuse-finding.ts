import type { NotAuthenticated } from '../authentication.js';
import { CheckResult } from '../token/check-result.js';
import { cleaned, refusal } from '../refusals/token-refusal.js';
import { longestSentence, partRetrySeconds, unavailable } from './part-answers.js';
import type { TokenFinding } from './token-verifier.js';

/** Refusal of a token that the verifier of the application does not vouch for. */
export function refuseFinding(finding: Extract<TokenFinding, { kind: 'refused' | 'unavailable' }>): NotAuthenticated {
  if (finding.kind === 'refused') {
    const { fact, cure } = finding;
    const found = refusal('verifier-refused', cleaned(fact, longestSentence), cleaned(cure, longestSentence));
    return { refusals: [found], checks: [CheckResult.of('verifier', [found])] };
  }
  const found = unavailable('verifier-unavailable', finding.cause);
  return {
    refusals: [found],
    checks: [CheckResult.of('verifier', [found])],
    status: 503,
    retryAfterSeconds: partRetrySeconds,
  };
}
