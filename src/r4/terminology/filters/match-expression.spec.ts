import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CannotExpand } from '../cannot-expand.js';
import { matchExpression } from './match-expression.js';

const why = (pattern: string, texts: readonly string[] = ['a'.repeat(40)]): string => {
  try {
    return `no error: ${String(matchExpression(pattern, texts))}`;
  } catch (error) {
    if (error instanceof CannotExpand) return error.fact;
    throw error;
  }
};

describe('matchExpression', () => {
  it('matches whole texts', () => {
    expect(matchExpression('a|b.*', ['a', 'ab', 'b', 'bc', 'cb'])).toEqual([true, false, true, true, false]);
  });

  it('knows the escapes of blanks', () => {
    expect(matchExpression('[^ \\t\\r\\n\\f]{2}\\t', ['ab\t', 'a \t', 'abt'])).toEqual([true, false, false]);
  });

  it.each(['(a*)*b', '(a+)+$b', '(a|a)*b', '(a|aa)+b', '(.*)(.*)(.*)(.*)b', '(a?){50}a{50}b'])(
    'needs no more steps than places for %s',
    (pattern) => {
      expect(matchExpression(pattern, ['a'.repeat(40), 'a'.repeat(100) + 'b'].slice(0, 1))).toEqual([false]);
    },
  );

  it('stops after so many steps', () => {
    const texts = Array.from({ length: 5000 }, () => 'a'.repeat(200));
    expect(why('(a*)*', texts)).toMatch(/more than 200000 steps/);
    expect(why('((a{0,999}){0,999}){0,999}', texts)).toMatch(/more than 200000 steps/);
  });

  it.each(['(', 'a)|(b', '*', 'a**', '[', '[z-a]', '(?=a)', '(?<n>a)', '\\1', '\\b', '\\p{L}', 'a{2,1}', 'a{', '\\'])(
    'refuses %s',
    (pattern) => {
      expect(why(pattern)).toMatch(/cannot be read/);
    },
  );

  it('refuses what is longer than anybody needs', () => {
    expect(why('a'.repeat(201))).toMatch(/longer than 200/);
  });

  const atoms = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\w',
    '1',
    '-',
    '(a|b1)',
    '(?:ab)',
    '(a|)',
    '((a|b)*1)',
  );
  const quantifiers = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?');
  const sequences = fc.array(fc.tuple(atoms, quantifiers), { maxLength: 5 }).map((parts) => parts.flat().join(''));
  const patterns = fc.array(sequences, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'));
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '1', '-', '\n', '😀'), maxLength: 7 }), {
    maxLength: 8,
  });

  it('says what JavaScript says', () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, list) => {
        const expression = new RegExp(`^(?:${pattern})$`, 'su');
        expect(matchExpression(pattern, list)).toEqual(list.map((text) => expression.test(text)));
      }),
      { numRuns: 3000 },
    );
  });
});
