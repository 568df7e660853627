import { expect, it } from 'vitest';
import { KeptCounts } from './concept-blocks.js';

it('keeps the numbers of a selection, and no more of long selections than of many', () => {
  const kept = new KeptCounts();
  const names = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(100_000)}`);
  for (const [i, name] of names.entries()) kept.of(name, 5)[0] = i;
  expect(kept.of(names.at(-1)!, 5)[0]).toBe(59);
  expect(kept.of(names[0]!, 5)[0]).toBeUndefined();
});
