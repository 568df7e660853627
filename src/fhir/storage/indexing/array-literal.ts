import type { IndexRange } from '../../../r4/search/index/index-values.js';

/**
 * Arrays in the text form of PostgreSQL (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). Within a JSON text
 * they are read in one go; a JSON array is read once to find it, and again element by element. Quotes stand only where the form
 * asks for them: each would be escaped in that JSON text.
 */
export const textArray = (elements: readonly (string | null)[]): string =>
  // Joined at once: a text that grows piece by piece is a tree of pieces, which keeps the collector at work until it is sent.
  `{${elements.map(elementOf).join()}}`;

const elementOf = (element: string | null): string =>
  element === null ? 'NULL' : special.test(element) ? quote(element) : element;

/** Array literal of decimal texts and numbers. */
export const numberArray = (elements: readonly (string | number | null)[]): string =>
  `{${elements.map((element) => element ?? 'NULL').join()}}`;

/** Array literal of the composite type `index_range`; a part that a range does not have is null. */
export const rangeArray = (ranges: readonly IndexRange[]): string => {
  let text = '{';
  for (const { parameter, low = '', high = '', unit, code } of ranges) {
    if (text.length > 1) text += ',';
    const parts = `${part(parameter)},${low},${high},${part(unit)},${part(code)}`;
    // A row has commas, so that it is quoted as an element.
    text += escaped.test(parts) ? quote(`(${parts})`) : `"(${parts})"`;
  }
  return `${text}}`;
};

/** Text of a row: https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX. */
const part = (text: string | undefined): string =>
  text === undefined ? '' : specialInRow.test(text) ? quote(text) : text;

const special = /[\s{},"\\]|^(?:null)?$/i;
const specialInRow = /[\s(),"\\]|^$/;
const escaped = /["\\]/;

const quote = (text: string): string => `"${escaped.test(text) ? text.replaceAll(/["\\]/g, String.raw`\$&`) : text}"`;
