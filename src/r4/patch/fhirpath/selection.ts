/** A FHIRPath expression that selects elements of the resource: the part of FHIRPath that a patch may use as its path. */
export interface Selection {
  readonly text: string;
  /** The type the expression starts with, as in `Patient.name`. */
  readonly startType?: string;
  readonly steps: readonly SelectionStep[];
}

export type SelectionStep =
  | { readonly kind: 'element'; readonly name: string }
  | { readonly kind: 'extension'; readonly url: string }
  /** Counted from 0; -1 is the last. */
  | { readonly kind: 'item'; readonly index: number }
  | { readonly kind: 'ofType'; readonly type: string }
  /** `criteria` is FHIRPath made of functions and operators that cost no more than one visit of each value. */
  | { readonly kind: 'where'; readonly criteria: string };
