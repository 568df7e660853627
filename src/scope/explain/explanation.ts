import type { Claim } from '../../auth/token/examine-token.js';
import type { Step } from './step.js';

/** Everything that token, request line and public configuration decide about one request, step by step. */
export interface Explanation {
  /** As asked: `GET Patient/p1`. */
  readonly request: string;
  readonly permitted: boolean;
  /** Of the answer that the request gets; absent when it is permitted, as stored data decides the rest. */
  readonly status?: number;
  readonly steps: readonly Step[];
}

/** The token that was explained, and the requests: one, or the entries of a bundle. */
export interface AccessExplanation {
  /** Whether its issuer has vouched for the claims. */
  readonly verified: boolean;
  readonly claims: readonly Claim[];
  readonly token: Step;
  readonly explanations: readonly Explanation[];
  /** Of a bundle: how many entries were left out. */
  readonly leftOut: number;
}
