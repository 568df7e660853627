/** Operators before a concept: none, below, above, and each with or without the concept itself. */
export type HierarchyOperator = '' | '<' | '<<' | '<!' | '<<!' | '>' | '>>' | '>!' | '>>!';

/** An expression of the Expression Constraint Language of SNOMED International, as far as this server reads it (docs/adr/0116). */
export type Ecl =
  /** `*`: every active concept. */
  | { readonly kind: 'any' }
  | { readonly kind: 'concept'; readonly operator: HierarchyOperator; readonly code: string }
  /** `^`: members of a reference set. */
  | { readonly kind: 'members'; readonly of: string }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Ecl[] }
  | { readonly kind: 'minus'; readonly of: Ecl; readonly without: Ecl }
  | { readonly kind: 'refined'; readonly of: Ecl; readonly by: Refinement };

/** Attributes that concepts need, in any relationship groups. */
export type Refinement =
  | { readonly kind: 'attribute'; readonly name: string; readonly value: Ecl }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Refinement[] };
