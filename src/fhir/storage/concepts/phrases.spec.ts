import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markOf, spelledOut, worthAMark } from './phrases.js';

it('phrases that save most have marks, up to 31 of them', () => {
  const uses = new Map(Array.from({ length: 40 }, (_, n) => [`phrase ${n}`, n]));
  const marked = worthAMark(uses);
  expect(marked).toHaveLength(31);
  expect(marked.slice(0, 2)).toEqual(['phrase 39', 'phrase 38']);
  expect(
    worthAMark(
      new Map([
        ['x', 1000],
        ['told once', 1],
      ]),
    ),
  ).toEqual([]);
});

it('marks lead back to what was written, whatever texts are between them', () => {
  const phrases = ['{"value":', '{"system":"a","value":'];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(1), fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 5 }),
      (parts) => {
        const written = (opening: (phrase: number) => string): string =>
          `[${parts.map(([phrase, text]) => `${opening(phrase)}${JSON.stringify(text)}}`).join(',')}]`;
        expect(spelledOut(written(markOf), phrases)).toBe(written((phrase) => phrases[phrase]!));
      },
    ),
  );
});
