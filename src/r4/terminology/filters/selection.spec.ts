import { expect, it } from 'vitest';
import { CodeSet } from '../value-sets/code-set.js';
import type { StoredConcepts } from '../code-systems/stored-concepts.js';
import { either, type Selection } from '../../search/query/concept-selection.js';

const below: Selection = { kind: 'below', code: 'x', strict: false };
const concepts = {} as StoredConcepts;

it('a union with nothing stays the one condition, which is read by the page', () => {
  expect(either({ kind: 'codes', codes: [] }, below)).toBe(below);
  const set = new CodeSet();
  set.addAll(CodeSet.selected('urn:s', { concepts, selection: below }));
  expect(set.selections.get('urn:s')).toEqual({ concepts, selection: below });
});

it('a union of nothing has no code', () => {
  expect(either()).toEqual({ kind: 'codes', codes: [] });
});
