import { ExactNumber, type Json } from '../json/json.js';

/** Long enough to recognise a value, short enough for an answer. */
const longest = 60;

/** A value as it stands in a finding: short, and without line breaks. */
export function foundText(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (value instanceof ExactNumber) return `the number ${shortened(value.text)}`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return `the boolean ${value}`;
  return Array.isArray(value) ? 'an array' : 'an object';
}

export const quoted = (text: string): string => JSON.stringify(shortened(text));

const shortened = (text: string): string =>
  text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text;
