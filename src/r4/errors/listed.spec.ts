import { expect, it } from 'vitest';
import { listed } from './listed.js';

it.each([
  [[], 2, ''],
  [['a'], 2, 'a'],
  [['a', 'b'], 2, 'a, b'],
  [['a', 'b', 'c', 'd'], 2, 'a, b and 2 more'],
])('%j as a list of at most %d is "%s"', (names, most, text) => {
  expect(listed(names, most)).toBe(text);
});
