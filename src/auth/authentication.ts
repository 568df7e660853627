import type { Refusal } from '../refusal/refusal.js';
import type { Principal } from './principal.js';
import type { CheckResult } from './token/check-result.js';

/** The answer to "who is asking". */
export type Authentication = Authenticated | NotAuthenticated;

export interface Authenticated {
  readonly principal: Principal;
  /** Results of every check, for a token. */
  readonly checks?: readonly CheckResult[];
  /** For how long the answer of an issuer that was asked counts; 60 at most, and no longer than the token. */
  readonly trustSeconds?: number;
}

export interface NotAuthenticated {
  readonly refusals: readonly [Refusal, ...Refusal[]];
  /** Scopes that the refused token claims, so that a missing scope can be named in the same answer. */
  readonly unverifiedScopes?: readonly string[];
  /** Results of every check, for a token, or why a check was not made. */
  readonly checks?: readonly CheckResult[];
  readonly status?: number;
  readonly retryAfterSeconds?: number;
}
