/** A reference that an include follows, from the type that holds it. */
export interface IncludeLink {
  readonly type: string;
  /** Code of the reference parameter of `type`. */
  readonly parameter: string;
  /** Types that are followed to, or from. */
  readonly targets: ReadonlySet<string>;
  /** True if the parameter holds canonicals: the resource referred to is found by its url too. */
  readonly byUrl: boolean;
}

/** `_include` or `_revinclude` (https://hl7.org/fhir/R4/search.html#include). */
export interface Include {
  readonly kind: 'include' | 'revinclude';
  /** Applied to what was included too. */
  readonly iterates: boolean;
  readonly links: readonly IncludeLink[];
  /** As the client wrote it. */
  readonly text: string;
  /** Types that it names, or that its parameter refers to, and that the caller may not search. */
  readonly withheld: readonly string[];
}
