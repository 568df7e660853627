import { expect, it } from 'vitest';
import { KeptCounts } from './kept-counts.js';

it('keeps the numbers of a selection, and no more of long selections than of many', () => {
  const kept = new KeptCounts();
  const names = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(100_000)}`);
  for (const [i, name] of names.entries()) kept.ofBlocks(name, 5)[0] = i;
  expect(kept.ofBlocks(names.at(-1)!, 5)[0]).toBe(59);
  expect(kept.ofBlocks(names[0]!, 5)[0]).toBeUndefined();
});
