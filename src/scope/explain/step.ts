import { checkNames, type CheckResult } from '../../auth/token/check-result.js';
import type { DecisionStep } from '../../refusal/reason.js';
import type { Refusal } from '../../refusal/refusal.js';

/** A check that passed or refused, one that was not made, or a fact that matters (`told`). `$explain-access` answers these words. */
export type LineKind = 'passed' | 'refused' | 'skipped' | 'told';

export interface Line {
  readonly kind: LineKind;
  readonly text: string;
  /** Set on a line that refuses. */
  readonly refusal?: Refusal;
}

/** One step of a decision, in the order in which they are taken. */
export interface Step {
  readonly check: 'token' | DecisionStep | 'search' | 'stored-data';
  readonly lines: readonly Line[];
}

export const fact = (text: string): Line => ({ kind: 'told', text });
export const passed = (text: string): Line => ({ kind: 'passed', text });
export const skipped = (text: string): Line => ({ kind: 'skipped', text });
export const refused = (refusal: Refusal): Line => ({ kind: 'refused', text: refusal.fact, refusal });

/** The lines of one check of a token. */
export function checkLines({ name, outcome }: CheckResult): readonly Line[] {
  if (outcome.kind === 'failed') return outcome.refusals.map(refused);
  return [outcome.kind === 'passed' ? passed(checkNames[name]) : skipped(`${checkNames[name]}: ${outcome.reason}`)];
}
