import { expect, it } from 'vitest';
import { piecesOf } from './json-links.js';
import { linesOf, rangeOfLine } from './lines.js';

it('the lines of a text are its pieces, and together they are the text', () => {
  const text = '{\n\n  "a": "Patient/p1",\n  "b": 1\n}';
  const lines = linesOf(piecesOf(text, 'http://x/fhir'));
  expect(lines.map((line) => line.map((piece) => piece.text).join('')).join('\n')).toBe(text);
  expect(lines[2]).toEqual([{ text: '  "a": ' }, { text: '"Patient/p1"', to: '/data/Patient/p1' }, { text: ',' }]);
});

it('a line of a text is found, and the last one for a number beyond it', () => {
  const text = 'one\ntwo\n';
  expect([1, 2, 3, 9].map((line) => text.slice(...rangeOfLine(text, line)))).toEqual(['one', 'two', '', '']);
});
