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

const isPlain = /^[\x20-\x7e]*$/;
