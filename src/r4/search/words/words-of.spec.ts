import { describe, expect, it } from 'vitest';
import { wordsOf } from './words-of.js';

describe('wordsOf', () => {
  it.each([
    ['Bone, LIVER; x-ray', 'bone liver x ray'],
    ['Straße STRASSE Ärztin', 'strasse strasse arztin'],
    ['8867-4 and 1.5 mg/dL', '8867 4 and 1 5 mg dl'],
    ['骨転移 MRI検査', '骨 転 移 mri 検 査'],
    ['हिन्दी', 'हिन्दी'],
    ["it's_here", 'it s here'],
    ["'a':1A & !b <-> (c)", 'a 1a b c'],
    ['  \u0000 … ', ''],
  ])('of "%s" are "%s"', (text, words) => {
    expect(wordsOf(text).join(' ')).toBe(words.normalize('NFKD'));
  });

  it('are cut when they are long, in the middle of nothing', () => {
    expect(wordsOf('x'.repeat(5000))).toEqual(['x'.repeat(200)]);
    const [cut = ''] = wordsOf('𐌰'.repeat(300));
    expect([cut.isWellFormed(), cut.length]).toEqual([true, 200]);
    const [odd = ''] = wordsOf(`a${'𐌰'.repeat(300)}`);
    expect(odd.isWellFormed()).toBe(true);
  });
});
