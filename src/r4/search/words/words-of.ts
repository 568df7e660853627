import { normalise } from '../values/normalise.js';

/** Written without blanks between words: each character is taken for one. */
const unspaced = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((name) => `\\p{sc=${name}}`)
  .join('');
const word = new RegExp(`[${unspaced}]|[[\\p{L}\\p{N}\\p{M}]--[${unspaced}]]+`, 'gv');

/** Longer ones are cut, in the index and in what is searched. */
const longest = 200;

/**
 * The words of a text, in order and without case and accents: runs of letters and digits. What decides this is here, not
 * in PostgreSQL: its parser depends on the locale of the database.
 */
export const wordsOf = (text: string): readonly string[] =>
  (normalise(text).match(word) ?? []).map((one) => (one.length > longest ? one.slice(0, longest).toWellFormed() : one));
