import type { CheckResult } from '../../auth/token/token-checker.js';
import type { Refusal } from '../../refusal/refusal.js';

/** A check that passed or refused, one that was not made, or a fact that matters. */
export type LineKind = 'passed' | 'refused' | 'skipped' | 'told';

export interface Line {
  readonly kind: LineKind;
  readonly text: string;
  /** Of a line that refuses. */
  readonly refusal?: Refusal;
}

/** One step of a decision, in the order in which they are taken. */
export interface Step {
  readonly check:
    'token' | 'request' | 'scopes' | 'context' | 'policies' | 'reach' | 'withholding' | 'search' | 'stored-data';
  readonly lines: readonly Line[];
}

export const told = (text: string): Line => ({ kind: 'told', text });
export const passed = (text: string): Line => ({ kind: 'passed', text });
export const skipped = (text: string): Line => ({ kind: 'skipped', text });
export const refused = (refusal: Refusal): Line => ({ kind: 'refused', text: refusal.fact, refusal });

/** The lines of one check of a token. */
export function checkLines({ name, refusals, skipped: why }: CheckResult): readonly Line[] {
  if (refusals.length > 0) return refusals.map(refused);
  return [why === undefined ? passed(name) : skipped(`${name}: ${why}`)];
}
