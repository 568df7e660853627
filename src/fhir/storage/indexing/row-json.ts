import { UnstorableText } from '../session/unstorable-text.js';

/** A row as JSON, columns by name. Throws {@link UnstorableText}. */
export const rowJson = (columns: object, index: object): string => written({ ...columns, ...index });

/** A list of one row: as one text, since brackets around a text would copy it. */
export const rowListJson = (columns: object, index: object): string => written([{ ...columns, ...index }]);

function written(json: object): string {
  const text = JSON.stringify(json);
  if (unstorable.test(text)) throw new UnstorableText();
  return text;
}

/** An escape of U+0000 or of half a surrogate pair; JSON.stringify writes other characters of these as they are. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;
