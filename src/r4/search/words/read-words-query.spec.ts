import { describe, expect, it } from 'vitest';
import { readWordsQuery } from './read-words-query.js';

const read = (text: string, weight: 'A' | '' = ''): string =>
  readWordsQuery(text, weight, (fact) => {
    throw new Error(fact);
  });

describe('readWordsQuery', () => {
  it.each([
    ['bone', "'bone'"],
    ['bone liver', "('bone' & 'liver')"],
    ['bone AND liver OR lung', "(('bone' & 'liver') | 'lung')"],
    ['bone (liver OR NOT lung)', "('bone' & ('liver' | !'lung'))"],
    ['NOT NOT bone', "!!'bone'"],
    ['NOT "the bone"', "!('the' <-> 'bone')"],
    ['X-Ray*', "('x' <-> 'ray':*)"],
    ['"a*"', "'a'"],
    ['and or not', "('and' & 'or' & 'not')"],
    ['ANDROMEDA ORGAN NOTE', "('andromeda' & 'organ' & 'note')"],
    ['OR"a"', undefined],
    ["' | 'x", "'x'"],
  ])('%s is %s', (text, query) => {
    if (query === undefined) expect(() => read(text)).toThrow(/stands between/);
    else if (text.startsWith("'")) expect(() => read(text)).toThrow(/no letters/);
    else expect(read(text)).toBe(query);
  });

  it('limits every word to the weight', () => {
    expect(read('a* OR "b c"', 'A')).toBe("('a':*A | ('b':A <-> 'c':A))");
  });
});
