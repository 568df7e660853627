import { describe, expect, it } from 'vitest';
import { parseJson } from '../json/json.js';
import { jsonEqual } from './json-equal.js';

const equal = (left: string, right: string): boolean => jsonEqual(parseJson(left), parseJson(right));

describe('equality of JSON (RFC 6902 section 4.6)', () => {
  it.each([
    ['1', '1.0'],
    ['1.10', '1.1'],
    ['100', '1E2'],
    ['0.1', '1e-1'],
    ['-0.0', '0'],
    ['12345678901234567890', '12345678901234567890.0'],
    ['{"a":1,"b":[1.0,{}]}', '{"b":[1,{}],"a":1.00}'],
    ['null', 'null'],
    ['1e9999', '1e9999'],
  ])('finds %s equal to %s', (left, right) => {
    expect(equal(left, right)).toBe(true);
    expect(equal(right, left)).toBe(true);
  });

  it.each([
    ['1', '"1"'],
    ['1.0', '"1.0"'],
    ['12345678901234567890', '12345678901234567891'],
    ['0', 'false'],
    ['null', '0.0'],
    ['[]', '{}'],
    ['[1,2]', '[2,1]'],
    ['[1]', '[1,2]'],
    ['{"a":1}', '{"a":1,"b":2}'],
    ['{"a":1}', '{"b":1}'],
    ['{"a":null}', '{}'],
    ['{}', '{"toString":1}'],
    ['1e9999', '1e9998'],
  ])('finds %s different from %s', (left, right) => {
    expect(equal(left, right)).toBe(false);
    expect(equal(right, left)).toBe(false);
  });
});
