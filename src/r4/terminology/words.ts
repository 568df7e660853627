/** The words of a text in lower case, without accents. */
export const wordsOf = (text: string): readonly string[] =>
  (isPlain.test(text)
    ? text.toLowerCase().split(/[^a-z0-9]+/)
    : text
        .normalize('NFD')
        .replaceAll(/\p{M}/gu, '')
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
  ).filter(Boolean);

/** True if each of the words begins a word of the text. */
export function hasWords(text: string, words: readonly string[]): boolean {
  const own = wordsOf(text);
  return words.every((word) => own.some((one) => one.startsWith(word)));
}

const isPlain = /^[\x20-\x7e]*$/;
