import { describe, expect, it } from 'vitest';
import { restAfter } from './sealing-pace.js';

const minute = 60_000;

const shareOf = (busy: number, lateMs = 0): number => 100 / (100 + restAfter({ sealingMs: 100, busy, lateMs }));

describe('the pace of sealing', () => {
  it.each([
    [0, 1 / 3],
    [0.1, 1 / 3],
    [0.5, 1 / 8],
    [0.6, 2 / 25],
    [0.9, 1 / 40],
    [1, 1 / 40],
  ])('with a share of %d for requests takes %d of the time', (busy, share) => {
    expect(shareOf(busy)).toBeCloseTo(share);
  });

  it.each([
    [0.01, 1 / 40],
    [0.1, 0.09],
    [0.5, 0.45],
    [1, 0.9],
    [600, 0.9],
  ])('%d minutes late takes %d of the time, however many requests there are', (minutes, share) => {
    expect(shareOf(1, minutes * minute)).toBeCloseTo(share);
  });

  it('takes what requests leave when that is more', () => {
    expect(shareOf(0, minute / 10)).toBeCloseTo(1 / 3);
  });

  it('lets others have their turn after the shortest work', () => {
    expect(restAfter({ sealingMs: 0, busy: 0, lateMs: 0 })).toBe(10);
  });
});
