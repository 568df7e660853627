/** Concepts of one code system by what they have in common, for code systems whose concepts are not in memory. */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'active' }
  /** For use by themselves. */
  | { readonly kind: 'selectable' }
  | { readonly kind: 'codes'; readonly codes: readonly string[] }
  /** Codes that the code subsumes; `strict`: without itself. */
  | { readonly kind: 'below'; readonly code: string; readonly strict: boolean }
  | { readonly kind: 'child'; readonly code: string }
  /** The code and those that subsume it. */
  | { readonly kind: 'above'; readonly code: string }
  | { readonly kind: 'property'; readonly property: string; readonly values: readonly string[] }
  | { readonly kind: 'exists'; readonly property: string }
  /** Right above the code. */
  | { readonly kind: 'parent'; readonly code: string }
  /** Concepts with a property whose value is the code of a selected concept. */
  | { readonly kind: 'relation'; readonly property: string; readonly values: Selection }
  /** Members of a reference set of SNOMED CT, or of a list of answers of LOINC. */
  | { readonly kind: 'member'; readonly of: string }
  /** Reference sets and lists of answers that have members. */
  | { readonly kind: 'sets' }
  | { readonly kind: 'both' | 'either'; readonly of: readonly Selection[] }
  | { readonly kind: 'not'; readonly of: Selection };

export const all: Selection = { kind: 'all' };

export const both = (...of: readonly Selection[]): Selection => {
  const left = of.filter(({ kind }) => kind !== 'all');
  return left.length < 2 ? (left[0] ?? all) : { kind: 'both', of: left };
};

export const either = (...of: readonly Selection[]): Selection => {
  if (of.some(({ kind }) => kind === 'all')) return all;
  const left = of.filter((one) => one.kind !== 'codes' || one.codes.length > 0);
  return left.length < 2 ? (left[0] ?? { kind: 'codes', codes: [] }) : { kind: 'either', of: left };
};

export const not = (of: Selection): Selection => ({ kind: 'not', of });
