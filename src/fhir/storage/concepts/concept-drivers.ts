import type { Selection } from '../../../r4/search/query/concept-selection.js';
import { memberKey, propertyKey } from './release-concept.js';

/** Something by which few concepts are found without looking at the others. */
export type Driver =
  | { readonly kind: 'below' | 'child' | 'above'; readonly code: string }
  | { readonly kind: 'keys' | 'codes'; readonly keys: readonly string[] }
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'sets' }
  /** Concepts with a property whose value is a code that the other driver finds. */
  | { readonly kind: 'relation'; readonly property: string; readonly of: Driver }
  /** All that any of them finds. */
  | { readonly kind: 'any'; readonly of: readonly Driver[] };

/** Words that concepts have to have in one of their texts; `codes` have them in texts that are not stored. */
export interface WordsAsked {
  readonly words: readonly string[];
  readonly codes: readonly string[];
}

/** Each leads to all concepts of the selection that have the words; none: all have to be looked at. Those of words come first. */
export const driversOf = (selection: Selection, { words, codes }: WordsAsked): readonly Driver[] => [
  ...words.map((word): Driver => {
    const byWord: Driver = { kind: 'word', word };
    return codes.length === 0 ? byWord : { kind: 'any', of: [byWord, { kind: 'codes', keys: codes }] };
  }),
  ...ofSelection(selection),
];

function ofSelection(selection: Selection): readonly Driver[] {
  switch (selection.kind) {
    case 'below':
    case 'child':
      return [{ kind: selection.kind, code: selection.code }];
    case 'above':
    case 'parent':
      return [{ kind: 'above', code: selection.code }];
    case 'codes':
      return [{ kind: 'codes', keys: selection.codes }];
    case 'property':
    case 'member':
      return [{ kind: 'keys', keys: keysOf(selection) }];
    case 'sets':
      return [selection];
    default:
      return ofOthers(selection);
  }
}

function ofOthers(selection: Selection): readonly Driver[] {
  switch (selection.kind) {
    case 'relation':
      return ofSelection(selection.values)
        .slice(0, 1)
        .map((of) => ({ kind: 'relation', property: selection.property, of }));
    case 'both':
      return selection.of.flatMap(ofSelection);
    case 'either':
      return ofAny(selection.of);
    default:
      return [];
  }
}

/** One way for each of them, or none for all. */
function ofAny(selections: readonly Selection[]): readonly Driver[] {
  const each = selections.map((one) => ofSelection(one)[0]);
  const found = each.filter((one) => one !== undefined);
  return found.length === each.length ? [{ kind: 'any', of: found }] : [];
}

/** Keys of postings that lead to the concepts. */
export const keysOf = (selection: Extract<Selection, { readonly kind: 'property' | 'member' }>): readonly string[] =>
  selection.kind === 'member'
    ? [propertyKey(memberKey, selection.of)]
    : selection.values.map((value) => propertyKey(selection.property, value));
