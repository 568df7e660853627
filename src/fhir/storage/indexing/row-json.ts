import { UnstorableText } from '../session/unstorable-text.js';

/** A row as JSON, columns by name. Throws {@link UnstorableText}. */
export const rowJson = (columns: object, index: object): string => storable(joined(columns, index));

/** A list of one row. */
export const rowListJson = (columns: object, index: object): string => storable(`[${joined(columns, index)}]`);

/** One object of two that have no name in common and are not empty; a new object would cost more than its text. */
const joined = (columns: object, index: object): string =>
  `${JSON.stringify(columns).slice(0, -1)},${JSON.stringify(index).slice(1)}`;

function storable(text: string): string {
  if (mayBeUnstorable(text) && unstorable.test(text)) throw new UnstorableText();
  return text;
}

/** A search for fixed texts is many times cheaper than the expression, and hardly any row has one. */
const mayBeUnstorable = (text: string): boolean => text.includes(String.raw`\u0000`) || text.includes(String.raw`\ud`);

/** An escape of U+0000 or of half a surrogate pair; JSON.stringify writes other characters of these as they are. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;
