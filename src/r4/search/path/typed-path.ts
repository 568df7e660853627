import type { PathExpression } from './path-expression.js';
import type { Step } from './step.js';

/** Path to the values of one type that an expression finds: the steps lead from the focus to each of them. */
export interface TypedPath {
  readonly type: string;
  /** The code system a `code` implies. */
  readonly system?: string;
  /** The value set that says which system each code implies. */
  readonly valueSet?: string;
  readonly steps: readonly Step[];
}

/** Start of a path. */
export interface Focus {
  readonly type: string;
  readonly resourceType: string;
  /** Remaining steps that compiling may take; none: any number. */
  readonly budget?: { left: number };
  /** An invariant, not a search parameter: with `empty()`, `xor` and `implies`, and steps that look out for extensions of primitive values. */
  readonly isInvariant?: boolean;
}

export type CompilePath = (expression: PathExpression, focus: Focus) => readonly TypedPath[];
