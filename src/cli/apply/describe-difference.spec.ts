import { describe, expect, it } from 'vitest';
import { describeDifference } from './describe-difference.js';

describe('describeDifference', () => {
  it('says nothing of what is equal, in whatever order its members stand', () => {
    expect(describeDifference({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toEqual([]);
  });

  it.each([
    [{ name: 'A' }, { name: 'B' }, 'name: "A" -> "B"'],
    [{}, { launchUrl: 'x' }, 'launchUrl: nothing -> "x"'],
    [{ launchUrl: 'x' }, {}, 'launchUrl: "x" -> nothing'],
    [{ scopes: ['a', 'b'] }, { scopes: ['b', 'c'] }, 'scopes: - "a"  + "c"'],
    [{ scopes: ['a', 'b'] }, { scopes: ['b', 'a'] }, 'scopes: in another order'],
  ])('%j to %j', (before, after, line) => {
    expect(describeDifference(before, after)).toEqual([line]);
  });
});
