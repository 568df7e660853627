import type { AccessDecision, AccessQuery } from '../policies/policy.js';

/** Injection token of the {@link AccessDecisionPoint} of an application; none is needed. */
export const ACCESS_DECISION = Symbol('ACCESS_DECISION');

/**
 * An external decision point, such as an engine of policies. Like any policy it narrows what scopes grant, and never widens.
 * It is asked once before a request is decided, about all types that it judges, and its answers count for that whole request
 * (docs/adr/0065). Nothing is permitted while it does not answer: 503.
 */
export interface AccessDecisionPoint {
  /** For explanations and the log, such as `cedar`. */
  readonly name: string;
  /** Types that it judges; it abstains on others. All types when absent. */
  readonly types?: readonly string[];
  /** As {@link AccessPolicy.expressions}. */
  readonly expressions?: readonly string[];
  /** As {@link AccessPolicy.terminology}. */
  readonly terminology?: readonly string[];
  /** Seconds for which the answers about one caller count, 60 at most; 5 unless said, 0: each request asks. */
  readonly cacheSeconds?: number;
  /** Milliseconds for one call; 5000 unless said, 30000 at most. */
  readonly timeout?: number;
  /** One decision for each query, in their order: each type that it judges, with each permission, of one caller. */
  decide(queries: readonly AccessQuery[]): readonly AccessDecision[] | Promise<readonly AccessDecision[]>;
}
