import { expect, it } from 'vitest';
import { parseByteSize } from './byte-size.js';

it.each([
  ['16mb', 16_777_216],
  ['1 KB', 1024],
  ['10', 10],
  ['2gb', 2_147_483_648],
])('reads %s', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

it.each(['', 'mb', '-1', '1.5mb', '1tb', '1e3', '16m'])('does not take "%s" for a size', (text) => {
  expect(parseByteSize(text)).toBeUndefined();
});
