import { describe, expect, it } from 'vitest';
import { textPlace } from './text-place.js';

describe('the place in a text', () => {
  it.each([
    ['abc', 0, 1, 1],
    ['abc', 2, 1, 3],
    ['a\nbc', 1, 1, 2],
    ['a\nbc', 2, 2, 1],
    ['a\r\nb\rc', 3, 2, 1],
    ['a\r\nb\rc', 5, 3, 1],
    ['a\n', 2, 2, 1],
  ])('of %j at offset %d is line %d, column %d', (text, offset, line, column) => {
    expect(textPlace(text, offset)).toEqual({ line, column });
  });
});
