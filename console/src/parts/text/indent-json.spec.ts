import { describe, expect, it } from 'vitest';
import { indentJson } from './indent-json.js';

describe('indentJson', () => {
  it('writes as JSON.stringify does', () => {
    const value = { a: [1, { b: 'x, "y" {[: \\' }, [], {}], c: null, d: '', e: true };
    expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    expect(indentJson(JSON.stringify(value, null, 4))).toBe(JSON.stringify(value, null, 2));
  });

  it('keeps numbers as they were written', () => {
    expect(indentJson('{"value":1.00,"large":12345678901234567890}')).toBe(
      '{\n  "value": 1.00,\n  "large": 12345678901234567890\n}',
    );
  });
});
