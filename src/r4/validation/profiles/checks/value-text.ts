import { ExactNumber, isObject, type Json } from '../../../json/json.js';
import { foundText } from '../../found-text.js';

const longestValue = 200;

export function valueText(value: Json | undefined): string {
  if (!isObject(value) && !Array.isArray(value)) return foundText(value);
  const text = JSON.stringify(value, (_, part: unknown) => (part instanceof ExactNumber ? Number(part.text) : part));
  return text.length > longestValue ? `${text.slice(0, longestValue).toWellFormed()}…` : text;
}
