import type { Refusal } from '../../refusal/refusal.js';
import type { Authentication, NotAuthenticated } from '../authentication.js';
import type { AuthOptions } from '../auth-options.js';
import { CheckResult, refusalsOf } from '../token/check-result.js';
import { grantedScopes } from '../token/granted-scopes.js';
import type { Claims } from '../token/strict-json.js';
import { claimOf, type TokenCheck } from '../token/token-check.js';
import { checkClaims } from '../token/token-checker.js';
import { principalOfToken } from '../token/token-principal.js';
import { cleaned, refusal, unverified } from '../token-refusal.js';
import type { IssuerEntry } from '../trusted-issuers.js';
import type { IntrospectionAnswer } from './introspection-answer.js';

const retryAfterSeconds = 5;

/** Judges an issuer's answer about an opaque token (RFC 7662) by the same checks as the claims of a JWT. */
export function judgeAnswer(answer: IntrospectionAnswer, entry: IssuerEntry, options: AuthOptions): Authentication {
  if (answer.kind !== 'active') {
    const refused = refuseAnswer(answer, entry.rules.issuer);
    return { ...refused, checks: [CheckResult.of('introspection', refused.refusals)] };
  }
  const { issuer, introspection } = entry.rules;
  // RFC 7662 lets `iss` out; the address that was asked belongs to this issuer and no other.
  const payload: Claims = { iss: issuer, ...answer.claims };
  const check: TokenCheck = {
    header: {},
    payload,
    issuer: entry.rules,
    isTrusted: claimOf(payload, 'iss') === issuer,
    isOwn: false,
    options,
    now: Date.now() / 1000,
  };
  const checks = [CheckResult.of('introspection', otherTypeOfToken(payload)), ...checkClaims(check)];
  const [first, ...others] = refusalsOf(checks);
  if (first) return { refusals: [first, ...others], checks, unverifiedScopes: grantedScopes(payload, entry.rules) };
  return { principal: principalOfToken(check), checks, trustSeconds: introspection?.cacheSeconds ?? 0 };
}

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

/** `token_type` is that of RFC 6749 section 7.1; some servers say here that it is a refresh token. */
function otherTypeOfToken(payload: Claims): readonly Refusal[] {
  const type = claimOf(payload, 'token_type');
  if (type === undefined || (typeof type === 'string' && /^(?:bearer|access_token)$/i.test(type))) return [];
  return [
    refusal(
      'typ-not-access-token',
      `The issuer says that the token is of type ${unverified(type)}, not Bearer.`,
      'Send the access_token of the token response, not its refresh_token.',
    ),
  ];
}
