import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitEscaped, unescapeValue } from './split-escaped.js';

const escapeValue = (text: string): string => text.replace(/[\\,$|]/g, (character) => `\\${character}`);

describe('splitEscaped', () => {
  it('splits only where no backslash precedes', () => {
    expect(splitEscaped(String.raw`a\,b,c\\,d`, ',')).toEqual([String.raw`a\,b`, String.raw`c\\`, 'd']);
  });

  it('gives back what was escaped and joined', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', '\\', ',', '|', '$') }), { minLength: 1 }),
        (values) => {
          const text = values.map(escapeValue).join(',');
          expect(splitEscaped(text, ',').map(unescapeValue)).toEqual(values);
        },
      ),
    );
  });
});
