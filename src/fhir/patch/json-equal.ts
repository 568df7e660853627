import { Decimal, isObject, type Json, type JsonObject } from '../model/json.js';
import { compareDecimals, decimalOf, numberText } from '../search/decimal.js';

/** Equality as RFC 6902 section 4.6 defines it: numbers by value, objects in any order of names. */
export function jsonEqual(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (isNumber(left) || isNumber(right)) return equalNumbers(left, right);
  if (Array.isArray(left) && Array.isArray(right))
    return equalArrays(left as readonly Json[], right as readonly Json[]);
  if (!isObject(left) || !isObject(right)) return false;
  const names = namesOf(left);
  return (
    names.length === namesOf(right).length &&
    names.every((name) => Object.hasOwn(right, name) && jsonEqual(left[name], right[name]))
  );
}

const isNumber = (value: Json | undefined): value is number | Decimal =>
  typeof value === 'number' || value instanceof Decimal;

const namesOf = (object: JsonObject): readonly string[] =>
  Object.keys(object).filter((name) => object[name] !== undefined);

function equalArrays(left: readonly Json[], right: readonly Json[]): boolean {
  return left.length === right.length && left.every((item, at) => jsonEqual(item, right[at]));
}

function equalNumbers(left: Json | undefined, right: Json | undefined): boolean {
  const first = decimalOf(left);
  const second = decimalOf(right);
  if (first && second) return compareDecimals(first, second) === 0;
  // Numbers of absurd size are equal when they are written alike.
  const text = numberText(left);
  return text !== undefined && text === numberText(right);
}
