import type { Claim } from '../../auth/token/examine-token.js';
import type { Step } from './step.js';

/** `undecided`: nothing refuses it, but whether the token counts was not found out. */
export type Verdict = 'permitted' | 'refused' | 'undecided';

/** Everything that token, request line and public configuration decide about one request, step by step. */
export interface Explanation {
  /** As asked: `GET Patient/p1`. */
  readonly request: string;
  readonly verdict: Verdict;
  /** Status of the answer, where the request is refused. */
  readonly status?: number;
  readonly steps: readonly Step[];
}

/** The token that was explained, and the requests: one, or the entries of a bundle. */
export interface AccessExplanation {
  /** True if the issuer of the token has confirmed the claims. */
  readonly verified: boolean;
  readonly claims: readonly Claim[];
  readonly token: Step;
  readonly explanations: readonly Explanation[];
  /** Number of bundle entries that were left out. */
  readonly leftOut: number;
}
