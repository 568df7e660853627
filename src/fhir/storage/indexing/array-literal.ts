import type { IndexRange } from '../../../r4/search/index/index-values.js';

/**
 * Arrays in the text form of PostgreSQL (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). Within a JSON text
 * they are read in one go; a JSON array is read once to find it, and again element by element.
 */
export const textArray = (elements: readonly (string | null)[]): string =>
  `{${elements.map((element) => (element === null ? 'NULL' : quote(element))).join()}}`;

/** Array literal of decimal texts and numbers. */
export const numberArray = (elements: readonly (string | number | null)[]): string =>
  `{${elements.map((element) => element ?? 'NULL').join()}}`;

/** Array literal of the composite type `index_range`; a part that a range does not have is null. */
export const rangeArray = (ranges: readonly IndexRange[]): string => {
  const rows = ranges.map(({ parameter, low = '', high = '', unit, code }) => {
    const texts = [unit, code].map((text) => (text === undefined ? '' : quote(text)));
    return `(${[quote(parameter), low, high, ...texts].join()})`;
  });
  return textArray(rows);
};

const special = /["\\]/;

const quote = (text: string): string => `"${special.test(text) ? text.replaceAll(/["\\]/g, String.raw`\$&`) : text}"`;
