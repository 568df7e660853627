import { describe, expect, it } from 'vitest';
import { stepsInTurns } from '../../../r4/json/turns.js';
import { groupByCode } from './group-by-code.js';

const us = '\u001f';
const coded = (id: string, ...codes: readonly string[]) => ({ id, links: codes.map((code) => `code${us}${code}`) });
const idsOf = async (...matches: Parameters<typeof groupByCode>[0]) =>
  (await stepsInTurns(groupByCode(matches))).map((group) => group.map(({ id }) => id));

describe('observations of one phenomenon', () => {
  it('share a code', async () => {
    expect(await idsOf(coded('a', 'x'), coded('b', 'y'), coded('c', 'x'))).toEqual([['a', 'c'], ['b']]);
  });

  it('share a code through others, whatever comes first', async () => {
    expect(await idsOf(coded('a', 'x'), coded('b', 'y'), coded('c', 'z', 'y'), coded('d', 'x', 'z'))).toEqual([
      ['a', 'b', 'c', 'd'],
    ]);
  });

  it('have one text, where they have no code', async () => {
    const told = (id: string, text: string) => ({ id, links: [`code:text${us}${text}`] });
    const both = { id: 'd', links: [`code${us}x`, `code:text${us}pulse`] };
    expect(await idsOf(told('a', 'pulse'), told('b', 'weight'), told('c', 'pulse'), both)).toEqual([
      ['a', 'c'],
      ['b'],
      ['d'],
    ]);
    expect(await idsOf({ id: 'a', links: [] }, { id: 'b', links: [] })).toEqual([['a', 'b']]);
  });

  it('are grouped in turns with other requests, by a step for each', () => {
    const matches = Array.from({ length: 100 }, (_, i) => coded(`${i}`, 'x', `own-${i}`));
    const grouping = groupByCode(matches);
    let steps = 0;
    for (let step = grouping.next(); !step.done; step = grouping.next()) steps++;
    expect(steps).toBe(100);
  });
});
