/** The part of FHIRPath that search parameters and most invariants of guides use (http://hl7.org/fhirpath/N1/), as a tree. */
export type PathExpression =
  /** The focus itself: `$this`, or the start of a path. */
  | { readonly kind: 'this' }
  /** `%resource`, the resource that is being indexed. */
  | { readonly kind: 'resource' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  /** An element, or at the start of a path also a type. */
  | { readonly kind: 'member'; readonly of: PathExpression; readonly name: string }
  | { readonly kind: 'item'; readonly of: PathExpression; readonly index: number }
  | {
      readonly kind: 'call';
      readonly of: PathExpression;
      readonly name: string;
      readonly parameters: readonly PathExpression[];
    }
  | { readonly kind: 'cast' | 'is'; readonly of: PathExpression; readonly type: string }
  | {
      readonly kind: '|' | '=' | '!=' | 'and' | 'or' | 'xor' | 'implies';
      readonly left: PathExpression;
      readonly right: PathExpression;
    };

/** The expression needs more of FHIRPath than we compile; the caller falls back to the full engine. */
export class BeyondSubset extends Error {
  override readonly name = 'BeyondSubset';
}

/** The expression would take more work than one that comes from outside may. */
export class TooCostlyPath extends Error {
  override readonly name = 'TooCostlyPath';
}
