import { unitSeparator } from '../search/index/index-values.js';

/**
 * One node of the provisions of an enforced Consent. A condition that is absent holds for everything; every one that is
 * there has to hold, and those of the nodes above as well.
 */
export interface ConsentRule {
  readonly node: number;
  /** The node that this one is an exception to. */
  readonly parent: number | null;
  /** All nodes above it. */
  readonly path: readonly number[];
  readonly denies: boolean;
  /** True if a part of the rule cannot be evaluated: then it withholds more rather than less, and permits nothing. */
  readonly uncertain: boolean;
  /** Instants between which it is in force: half open. */
  readonly starts: string | null;
  readonly ends: string | null;
  /** `Type/id`, or `Type␟system␟value` of a caller without a resource. */
  readonly actors: readonly string[] | null;
  readonly actions: readonly string[] | null;
  readonly purposes: readonly string[] | null;
  readonly classes: readonly string[] | null;
  /** Ends of index entries, `code␟system`. */
  readonly codes: readonly string[] | null;
  /** Index entries of `_security`, all of which a row has. */
  readonly labels: readonly string[] | null;
  /** `Type/id` of rows, and of those that refer to them. */
  readonly data: readonly string[] | null;
  readonly linked: readonly string[] | null;
  /** Microseconds since 1970: half open. */
  readonly data_low: string | null;
  readonly data_high: string | null;
}

/** Effect of a Consent on access. */
export interface ConsentRules {
  /** `Patient/id`, whose record it is about. */
  readonly patient: string;
  /** Empty when nothing is denied. */
  readonly rules: readonly ConsentRule[];
}

/** Returns the name of a caller among the actors of rules, beside the resource that stands for the caller. */
export const callerName = (kind: 'client' | 'user', issuer: string, id: string): string =>
  [kind, issuer, id].join(unitSeparator);
