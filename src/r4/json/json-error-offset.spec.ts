import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonErrorOffset } from './json-error-offset.js';

describe('jsonErrorOffset', () => {
  it.each([
    ['not json', 0],
    ['{"a":tru}', 5],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['[01]', 1],
    ['[1.]', 1],
    ['{"a":1}}', 7],
    ['{"a":[1}', 7],
    ['{"a":"x\\q"}', 5],
    ['{"a":"x\ny"}', 5],
    ['{"a":1', 6],
    ['', 0],
    ['  ', 2],
  ])('finds where %j stops to be JSON', (text, offset) => {
    expect(jsonErrorOffset(text)).toBe(offset);
  });

  it('reads what is JSON to its end', () => {
    fc.assert(fc.property(fc.json(), (text) => jsonErrorOffset(` ${text}\n`) === text.length + 2));
  });

  it('ends for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => jsonErrorOffset(text) <= text.length));
  });
});
