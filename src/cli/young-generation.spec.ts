import { expect, it } from 'vitest';
import { isLoad, isSizeChosen, semiSpaceFor } from './young-generation.js';

const gibibyte = 2 ** 30;

it('gives a load a young generation that leaves the memory to the rest', () => {
  expect(semiSpaceFor(64 * gibibyte)).toBe(64);
  expect(semiSpaceFor(gibibyte)).toBe(64);
  expect(semiSpaceFor(gibibyte / 2)).toBe(32);
  expect(semiSpaceFor(1000)).toBe(1);
});

it('knows loads, also of a tenant', () => {
  expect(isLoad(['import', 'folder'])).toBe(true);
  expect(isLoad(['--tenant', 'north', 'import', 'folder'])).toBe(true);
  expect(isLoad(['export', 'import'])).toBe(false);
  expect(isLoad([])).toBe(false);
});

it('leaves a size alone that somebody chose', () => {
  expect(isSizeChosen('--max-semi-space-size=8')).toBe(true);
  expect(isSizeChosen('--max_semi_space_size=8 --inspect')).toBe(true);
  expect(isSizeChosen('--max-old-space-size=8')).toBe(false);
});
