import { unitSeparator } from './index-values.js';

/** Lengths of the starts that are hashed for an index: short for names, long for long lists. */
const lengths: readonly number[] = [3, 6];
const longest = Math.max(...lengths);

/** Returns an entry for each start of a normalised string that is long enough. */
export const startEntries = (parameter: string, normalised: string): readonly string[] =>
  lengths
    .filter((length) => normalised.length >= length)
    .map((length) => parameter + unitSeparator + '^' + normalised.slice(0, length));

/** True if the start has the longest entry, which few rows share. */
export const isLongStart = (start: string): boolean => start.length >= longest;

/** The entry that every string starting so has; undefined when the start is too short for one. */
export const startEntry = (parameter: string, start: string): string | undefined =>
  startEntries(parameter, start).at(-1);
