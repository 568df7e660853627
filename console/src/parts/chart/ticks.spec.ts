import { describe, expect, it } from 'vitest';
import { ticksOf } from './ticks.js';

describe('marks of an axis', () => {
  it.each([
    [4.8, 6.3, [4.5, 5, 5.5, 6, 6.5]],
    [120, 120, [100, 150]],
    [0, 0, [0, 0.5]],
    [-3, 3, [-4, -2, 0, 2, 4]],
  ])('from %d to %d are at round numbers', (low, high, ticks) => {
    expect(ticksOf(low, high)).toEqual(ticks);
  });
});
