import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOff, triedFor } from './back-off.js';

const hour = 3_600_000;

describe('the time until the next attempt', () => {
  it('begins with a second and doubles up to an hour', () => {
    const delays = Array.from({ length: 14 }, (_, i) => backOff(i + 1, 0.5) / 1000);
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
  });

  it('is spread by a fifth at most, however often it failed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, random) => {
          const middle = backOff(attempts, 0.5);
          const delay = backOff(attempts, random);
          expect(delay).toBeGreaterThanOrEqual(Math.floor(middle * 0.9));
          expect(delay).toBeLessThanOrEqual(Math.ceil(middle * 1.1));
          expect(delay).toBeLessThanOrEqual(1.1 * hour);
        },
      ),
    );
  });

  it('makes some eighty attempts before an event is a dead letter', () => {
    let [waited, attempts] = [0, 0];
    while (waited < triedFor) waited += backOff(++attempts, 0.5);
    expect(attempts).toBeGreaterThan(70);
    expect(attempts).toBeLessThan(90);
  });
});
