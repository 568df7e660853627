import type { Refusal } from '../../refusal/refusal.js';

/** Every check that a token goes through, in the order in which they are told, and what people call it. */
export const checkNames = {
  form: 'form of the token',
  kind: 'kind of token',
  algorithm: 'signature algorithm',
  critical: 'critical extensions',
  'key-id': 'key id',
  key: 'key of the issuer',
  signature: 'signature',
  issuer: 'issuer',
  audience: 'audience',
  times: 'times',
  claims: 'form of the claims',
  binding: 'proof of possession',
  introspection: 'word of the issuer',
  verifier: 'word of the token verifier',
  context: 'SMART context',
  revocation: 'revocation',
} as const;

export type CheckName = keyof typeof checkNames;

export type CheckOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly refusals: readonly [Refusal, ...Refusal[]] }
  | { readonly kind: 'not-run'; readonly reason: string };

/**
 * Result of one check of a token. Only the code that makes a check makes its result; readers never conclude from an
 * absent refusal that a check passed (ADR 49).
 */
export class CheckResult {
  /** Verified tokens are cached by the thousand, and what passed says no more than its name. */
  static readonly #passed = new Map<CheckName, CheckResult>();
  readonly #name: CheckName;

  private constructor(
    name: CheckName,
    readonly outcome: CheckOutcome,
  ) {
    this.#name = name;
  }

  /** Result of a check that was made: it passed if it found nothing to refuse. */
  static of(name: CheckName, [first, ...others]: readonly Refusal[]): CheckResult {
    if (first) return new CheckResult(name, { kind: 'failed', refusals: [first, ...others] });
    const known = CheckResult.#passed.get(name) ?? new CheckResult(name, { kind: 'passed' });
    CheckResult.#passed.set(name, known);
    return known;
  }

  /** Result of a check that was not made, with the reason. */
  static notRun(name: CheckName, reason: string): CheckResult {
    return new CheckResult(name, { kind: 'not-run', reason });
  }

  get name(): CheckName {
    return this.#name;
  }

  get isPassed(): boolean {
    return this.outcome.kind === 'passed';
  }

  get refusals(): readonly Refusal[] {
    return this.outcome.kind === 'failed' ? this.outcome.refusals : [];
  }
}

export const refusalsOf = (checks: readonly CheckResult[]): readonly Refusal[] =>
  checks.flatMap(({ refusals }) => refusals);
