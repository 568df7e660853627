import type { PathExpression } from './path-expression.js';
import type { Step } from './step.js';

/** Where an expression finds values of one type: the steps lead from the focus to each of them. */
export interface TypedPath {
  readonly type: string;
  /** The code system a `code` implies. */
  readonly system?: string;
  /** The value set that says which system each code implies. */
  readonly valueSet?: string;
  readonly steps: readonly Step[];
}

/** What a path starts from. */
export interface Focus {
  readonly type: string;
  readonly resourceType: string;
  /** What is left of the steps that compiling may take; none: any number. */
  readonly budget?: { left: number };
}

export type CompilePath = (expression: PathExpression, focus: Focus) => readonly TypedPath[];
