/** Fields of COPY's text format (https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2). */

const special = /[\\\t\n\r\0]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '' };

/** A text; U+0000, which PostgreSQL does not store, and halves of surrogate pairs are left out or replaced. */
export const copyText = (text: string): string =>
  special.test(text) ? text.replaceAll(/[\\\t\n\r\0]/g, (character) => escapes[character]!) : text;

/** A text that may be missing. */
export const copyOptional = (text: string | undefined): string => (text === undefined ? '\\N' : copyText(text));

export const copyTexts = (texts: readonly string[]): string =>
  texts.length === 0
    ? '{}'
    : copyText(
        `{${texts.map((text) => `"${quoted.test(text) ? text.replaceAll(/["\\]/g, String.raw`\$&`) : text}"`).join(',')}}`,
      );

const quoted = /["\\]/;

export const copyNumbers = (numbers: ArrayLike<number>, from = 0, to = numbers.length): string => {
  let text = '{';
  for (let i = from; i < to; i++) text += i === from ? numbers[i] : `,${numbers[i]}`;
  return `${text}}`;
};
