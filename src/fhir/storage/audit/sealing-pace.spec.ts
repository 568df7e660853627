import { describe, expect, it } from 'vitest';
import { restAfter } from './sealing-pace.js';

const shareOf = (busy: number): number => 100 / (100 + restAfter(100, busy));

describe('the pace of sealing', () => {
  it.each([
    [0, 1 / 3],
    [0.1, 1 / 3],
    [0.5, 1 / 8],
    [0.6, 2 / 25],
    [0.8, 1 / 20],
    [1, 1 / 20],
  ])('with a share of %d for requests takes %d of the time', (busy, share) => {
    expect(shareOf(busy)).toBeCloseTo(share);
  });

  it('lets others have their turn after the shortest work', () => {
    expect(restAfter(0, 0)).toBe(10);
  });
});
