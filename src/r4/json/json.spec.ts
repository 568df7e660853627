import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, MalformedJson, parseJson, writeJson } from './json.js';

describe('parseJson and writeJson', () => {
  it.each(['1.10', '0.000', '1E2', '-0', '123456789012345678901234567890', '1e400', '1.0'])(
    'keeps the digits of %s',
    (digits) => {
      expect(parseJson(`{"a":[${digits}]}`)).toEqual({ a: [new ExactNumber(digits)] });
      expect(writeJson(parseJson(`{"a":[${digits}]}`))).toBe(`{"a":[${digits}]}`);
    },
  );

  it('leaves numbers that JavaScript reproduces as numbers', () => {
    expect(parseJson('{"a":1.5,"b":-2,"c":0}')).toEqual({ a: 1.5, b: -2, c: 0 });
  });

  it('keeps key order and digits inside strings', () => {
    const text = '{"z":"1.10 \\" 1E2","b":{"y":1,"a":[]},"é":"\u{1F600}"}';
    expect(writeJson(parseJson(text))).toBe(text);
  });

  it.each([
    ['{"a":1,"a":1}', 'The name "a" occurs twice in one object (line 1, column 8).'],
    ['{"a":{"b":[{"c":1.10,"c":2}]}}', 'The name "c" occurs twice'],
    ['{"\\u0061":1,"a":2}', 'The name "a" occurs twice'],
    ['{"a":"\\u0000"}', 'U+0000'],
    ['{"a":"\\ud800"}', 'surrogate'],
    ['{"__proto__":{}}', '__proto__'],
    ['['.repeat(101) + ']'.repeat(101), '100 levels'],
    ['', 'empty'],
    ['  \n', 'empty'],
    ['{"a":01}', 'not valid JSON'],
    ['{"a":.5}', 'not valid JSON'],
    ['{"a":1.}', 'not valid JSON'],
    ['{"a":"', 'not valid JSON'],
    ['{"a":\n  x}', 'not valid JSON'],
    ['{} {}', 'not valid JSON'],
  ])('refuses %s', (text, fact) => {
    expect(() => parseJson(text)).toThrow(MalformedJson);
    expect(() => parseJson(text)).toThrow(fact);
  });

  it('accepts a surrogate pair written as escapes', () => {
    expect(parseJson('{"a":"\\ud83d\\ude00"}')).toEqual({ a: '\u{1F600}' });
  });

  it('agrees with JSON.parse on every JSON value without NUL or __proto__', () => {
    const clean = (text: string) => !text.includes('\\u0000') && !text.includes('__proto__') && !/\\u[dD]/.test(text);
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(clean(text));
        const canonical = JSON.stringify(JSON.parse(text));
        expect(JSON.parse(writeJson(parseJson(canonical)))).toEqual(JSON.parse(canonical));
      }),
    );
  });

  it('never throws anything but MalformedJson', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '1', '.', 'e', '-', 'a', ' ') }),
        (text) => {
          try {
            parseJson(text);
            JSON.parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedJson);
          }
        },
      ),
    );
  });
});
