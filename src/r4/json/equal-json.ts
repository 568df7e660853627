import { ExactNumber, isObject, type Json, type JsonObject } from './json.js';

type CompareNumbers = (left: Json | undefined, right: Json | undefined) => boolean;

/** Equality of documents in any order of names; numbers are the same when they are written alike. */
export const equalDocuments = (left: Json | undefined, right: Json | undefined): boolean =>
  equalJson(left, right, equalDigits);

/** Compares documents in any order of names; `equalNumbers` compares the numbers. */
export function equalJson(left: Json | undefined, right: Json | undefined, equalNumbers: CompareNumbers): boolean {
  if (left === right) return true;
  if (isNumber(left) || isNumber(right)) return equalNumbers(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    const [items, others] = [left as readonly Json[], right as readonly Json[]];
    return items.length === others.length && items.every((item, at) => equalJson(item, others[at], equalNumbers));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = namesOf(left);
  return (
    names.length === namesOf(right).length &&
    names.every((name) => Object.hasOwn(right, name) && equalJson(left[name], right[name], equalNumbers))
  );
}

const isNumber = (value: Json | undefined): value is number | ExactNumber =>
  typeof value === 'number' || value instanceof ExactNumber;

const namesOf = (object: JsonObject): readonly string[] =>
  Object.keys(object).filter((name) => object[name] !== undefined);

const equalDigits: CompareNumbers = (left, right) =>
  left instanceof ExactNumber && right instanceof ExactNumber && left.text === right.text;
