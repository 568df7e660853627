import { equalJson } from '../json/equal-json.js';
import type { Json } from '../json/json.js';
import { compareDecimals, decimalOf, numberText } from '../search/values/decimal.js';

/** Equality as RFC 6902 section 4.6 defines it: numbers by value, objects in any order of names. */
export const jsonEqual = (left: Json | undefined, right: Json | undefined): boolean =>
  equalJson(left, right, equalNumbers);

function equalNumbers(left: Json | undefined, right: Json | undefined): boolean {
  const first = decimalOf(left);
  const second = decimalOf(right);
  if (first && second) return compareDecimals(first, second) === 0;
  // Numbers of absurd size are equal when they are written alike.
  const text = numberText(left);
  return text !== undefined && text === numberText(right);
}
