import { describe, expect, it } from 'vitest';
import { groupByCode } from './group-by-code.js';

const us = '\u001f';
const coded = (id: string, ...codes: readonly string[]) => ({ id, links: codes.map((code) => `code${us}${code}`) });
const idsOf = (...matches: Parameters<typeof groupByCode>[0]) =>
  groupByCode(matches).map((group) => group.map(({ id }) => id));

describe('observations of one phenomenon', () => {
  it('share a code', () => {
    expect(idsOf(coded('a', 'x'), coded('b', 'y'), coded('c', 'x'))).toEqual([['a', 'c'], ['b']]);
  });

  it('share a code through others, whatever comes first', () => {
    expect(idsOf(coded('a', 'x'), coded('b', 'y'), coded('c', 'z', 'y'), coded('d', 'x', 'z'))).toEqual([
      ['a', 'b', 'c', 'd'],
    ]);
  });

  it('have one text, where they have no code', () => {
    const told = (id: string, text: string) => ({ id, links: [`code:text${us}${text}`] });
    const both = { id: 'd', links: [`code${us}x`, `code:text${us}pulse`] };
    expect(idsOf(told('a', 'pulse'), told('b', 'weight'), told('c', 'pulse'), both)).toEqual([
      ['a', 'c'],
      ['b'],
      ['d'],
    ]);
    expect(idsOf({ id: 'a', links: [] }, { id: 'b', links: [] })).toEqual([['a', 'b']]);
  });
});
