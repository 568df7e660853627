import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CannotExpand } from '../cannot-expand.js';
import type { Ecl } from './ecl.js';
import { longestEcl } from './ecl-text.js';
import { parseEcl } from './parse-ecl.js';

const concept = (code: string, operator = ''): Ecl => ({ kind: 'concept', operator, code }) as Ecl;
const attribute = (name: string, value: Ecl) => ({ kind: 'attribute', name, value }) as const;
const [a, b, c] = ['404684003', '123037004', '233604007'] as const;

describe('an expression is read', () => {
  it.each<readonly [string, Ecl]>([
    ['*', { kind: 'any' }],
    [a, concept(a)],
    [`${a}|Clinical finding (finding)|`, concept(a)],
    [`<<${a} | Clinical finding |`, concept(a, '<<')],
    [`<!${a}`, concept(a, '<!')],
    [`<<! ${a}`, concept(a, '<<!')],
    [`> ${a}`, concept(a, '>')],
    [`>>!${a}`, concept(a, '>>!')],
    [`^ ${a}`, { kind: 'members', of: a }],
    [`${a} AND ${b},${c}`, { kind: 'and', of: [concept(a), concept(b), concept(c)] }],
    [`${a} or ${b} OR ${c}`, { kind: 'or', of: [concept(a), concept(b), concept(c)] }],
    [`< ${a} MINUS << ${b}`, { kind: 'minus', of: concept(a, '<'), without: concept(b, '<<') }],
    [`(${a} OR ${b}) AND (${c})`, { kind: 'and', of: [{ kind: 'or', of: [concept(a), concept(b)] }, concept(c)] }],
    [
      `/* all */ < ${a} : ${b} |site| = << ${c} /* of it */, ${c}=*`,
      {
        kind: 'refined',
        of: concept(a, '<'),
        by: { kind: 'and', of: [attribute(b, concept(c, '<<')), attribute(c, { kind: 'any' })] },
      },
    ],
    [
      `* : ${b} = ${c} AND (${a} = ${a} OR ${a} = (${b} OR ${c}))`,
      {
        kind: 'refined',
        of: { kind: 'any' },
        by: {
          kind: 'and',
          of: [
            attribute(b, concept(c)),
            {
              kind: 'or',
              of: [attribute(a, concept(a)), attribute(a, { kind: 'or', of: [concept(b), concept(c)] })],
            },
          ],
        },
      },
    ],
  ])('%s', (text, expected) => {
    expect(parseEcl(text)).toEqual(expected);
  });
});

describe('what is no expression is told with its position', () => {
  it.each([
    ['', 1, 'a concept of 6 to 18 digits, found its end'],
    ['   ', 4, 'a concept of 6 to 18 digits'],
    ['12345', 1, 'a concept of 6 to 18 digits, found "12345"'],
    ['012345678', 1, 'a concept'],
    ['1234567890123456789', 1, 'a concept'],
    ['pneumonia', 1, 'a concept of 6 to 18 digits, found "pneumonia"'],
    [`${a} ${b}`, 11, 'AND, OR, MINUS, ":" or the end'],
    [`${a} AND`, 14, 'a concept of 6 to 18 digits, found its end'],
    [`${a} AND ${b} OR ${c}`, 25, 'parentheses: AND, OR and MINUS are not mixed without'],
    [`${a} MINUS ${b} MINUS ${c}`, 27, 'parentheses'],
    [`${a} AND ${b} : ${c} = *`, 25, 'parentheses around what is refined'],
    [`(${a}`, 11, '")", found its end'],
    [`${a})`, 10, 'the end, found ")"'],
    [`${a} |open`, 11, 'a term between two "|"'],
    [`<<<${a}`, 3, 'a concept'],
    [`${a} : ${b}`, 22, '"=", found its end'],
    [`${a} : = ${b}`, 13, 'a concept'],
    [`${a} : ${b} = `, 25, 'a concept'],
    [`${a} : ${b} = ${c} , ${b} = ${c} OR ${b} = ${c}`, 59, 'parentheses'],
    [`${a} : ${b} = ${c} MINUS ${b}`, 35, 'AND or OR'],
    [`${a} /* open`, 11, 'AND, OR'],
    ['é', 1, 'a concept'],
  ])('%j at %i', (text, position, fact) => {
    expect(() => parseEcl(text)).toThrow(`cannot be read at position ${position}: expected`);
    expect(() => parseEcl(text)).toThrow(fact);
  });
});

describe('what this server does not read is named', () => {
  it.each([
    [`< ${a} . ${b}`, 'a dotted expression'],
    [`< (${a} OR ${b})`, '"<" before parentheses; write it before each concept'],
    ['<< *', '"<< *"; write * alone'],
    ['^ *', '"^ *"'],
    [`^ (${a})`, '"^" before parentheses'],
    [`< ^ ${a}`, '"<" before "^"'],
    [`< ${a} {{ term = "x" }}`, 'a filter "{{ }}"'],
    [`< ${a} : { ${b} = ${c} }`, 'attribute groups'],
    [`< ${a} : [0..0] ${b} = ${c}`, 'a cardinality'],
    [`< ${a} : R ${b} = ${c}`, 'a reversed attribute'],
    [`< ${a} : << ${b} = ${c}`, 'an attribute name that is an expression'],
    [`< ${a} : * = ${c}`, 'an attribute name that is an expression'],
    [`< ${a} : ${b} != ${c}`, 'use MINUS'],
    [`< ${a} : ${b} >= #5`, 'a comparison of numbers'],
    [`< ${a} : ${b} = #5`, 'a concrete value'],
    [`< ${a} : ${b} = "x"`, 'a concrete value'],
    [`^ [a] ${a}`, 'fields of reference sets'],
    [`${'('.repeat(21)}${a}${')'.repeat(21)}`, 'parentheses nest more than 20 times'],
    [Array.from({ length: 101 }, () => a).join(' OR '), 'more than 100 concepts'],
    [' '.repeat(longestEcl + 1), `${longestEcl + 1} characters, and at most ${longestEcl} are read`],
  ])('%s', (text, fact) => {
    expect(() => parseEcl(text)).toThrow(fact);
  });
});

it('no text makes it fail otherwise, or takes long', () => {
  const token = fc.constantFrom(
    '<',
    '<<',
    '>',
    '!',
    '^',
    '*',
    '(',
    ')',
    ' ',
    ',',
    ':',
    '=',
    '|',
    'AND',
    'OR',
    'MINUS',
    '{',
    '/*',
    '*/',
    '.',
    a,
    b,
  );
  const text = fc.oneof(
    fc.string({ maxLength: 60, unit: 'binary' }),
    fc.array(token, { maxLength: 300 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (one) => {
      try {
        parseEcl(one);
      } catch (error) {
        expect(error).toBeInstanceOf(CannotExpand);
      }
    }),
    { numRuns: 2000 },
  );
  // Comments that do not end, again and again.
  expect(() => parseEcl('/*'.repeat(1999))).toThrow(CannotExpand);
  expect(() => parseEcl(`${'/**'.repeat(1300)}/`)).toThrow(CannotExpand);
});
