import { describe, expect, it } from 'vitest';
import { readDuration, readWhole } from './read-numbers.js';

describe('readDuration', () => {
  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['12h', 43_200],
    ['7d', 604_800],
  ])('%s', (text, seconds) => {
    expect(readDuration('--expires', text)).toBe(seconds);
  });

  it.each(['', '7', 'd', '7w', '-1d', '1.5h', '1 d', '9999999d'])('refuses %j', (text) => {
    expect(() => readDuration('--expires', text)).toThrow('--expires is a time such as');
  });
});

describe('readWhole', () => {
  it('reads digits, and nothing else', () => {
    expect(readWhole('--uses', '12')).toBe(12);
    for (const text of ['', '-1', '1e3', '0x1', '1.0', 'many'])
      expect(() => readWhole('--uses', text)).toThrow('is a whole number');
  });
});
