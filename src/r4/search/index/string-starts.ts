import { unitSeparator } from './index-values.js';

/** How much of a string is hashed, so that an index finds what starts with it: short for names, longer for long lists. */
const lengths: readonly number[] = [3, 6];

/** What is hashed of a normalised string: each of its starts that it is long enough for. */
export const startEntries = (parameter: string, normalised: string): readonly string[] =>
  lengths
    .filter((length) => normalised.length >= length)
    .map((length) => parameter + unitSeparator + '^' + normalised.slice(0, length));

/** The entry that every string starting so has; undefined when the start is too short for one. */
export const startEntry = (parameter: string, start: string): string | undefined =>
  startEntries(parameter, start).at(-1);
