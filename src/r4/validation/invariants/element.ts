/** Questions of rules about elements; each tolerates any JSON, because a rule must never throw. */
import { each } from '../../json/items.js';
import { ExactNumber, isObject, type Json, type JsonObject } from '../../json/json.js';
import { decimalOf, compareDecimals } from '../../search/values/decimal.js';

export const ucum = 'http://unitsofmeasure.org';

/** `name.exists()`: a primitive exists with its extensions alone, too. */
export const has = (element: JsonObject, name: string): boolean =>
  element[name] !== undefined || element[`_${name}`] !== undefined;

/** `name.exists()` of a choice: `valueString` for `value`. */
export function hasChoice(element: JsonObject, name: string): boolean {
  for (const property in element) {
    const at = property.startsWith('_') ? 1 : 0;
    if (property.startsWith(name, at) && isCapital(property.charCodeAt(at + name.length))) return true;
  }
  return false;
}

const isCapital = (code: number): boolean => code >= 65 && code <= 90;

export const anyOf = (element: JsonObject, ...names: readonly string[]): boolean =>
  names.some((name) => has(element, name));

export const countOf = (element: JsonObject, ...names: readonly string[]): number =>
  names.reduce((sum, name) => sum + each(element[name]).length, 0);

/** The objects of a repeating element, or the one of another. */
export const objects = (element: JsonObject, name: string): readonly JsonObject[] =>
  each(element[name]).filter(isObject);

export const textOf = (element: JsonObject, name: string): string | undefined => {
  const value = element[name];
  return typeof value === 'string' ? value : undefined;
};

export const is = (element: JsonObject, name: string, ...texts: readonly string[]): boolean => {
  const value = element[name];
  return typeof value === 'string' && texts.includes(value);
};

export const numberOf = (element: JsonObject, name: string): number | undefined => {
  const value = element[name];
  if (value instanceof ExactNumber) return Number(value.text);
  return typeof value === 'number' ? value : undefined;
};

export function isDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

/** The texts of a property in several elements, without those that lack it. */
export const textsOf = (elements: readonly JsonObject[], name: string): readonly string[] =>
  elements.flatMap((element) => textOf(element, name) ?? []);

/** `concept.coding.where(system = … and code = …).exists()` */
export const hasCoding = (
  element: JsonObject,
  name: string,
  system: string | undefined,
  codes: readonly string[],
): boolean =>
  objects(element, name)
    .flatMap((concept) => objects(concept, 'coding'))
    .some((coding) => (system === undefined || coding['system'] === system) && is(coding, 'code', ...codes));

/** Every element of a tree such as `concept.concept`, without recursion. */
export function descend(element: JsonObject, name: string): readonly JsonObject[] {
  const found = [...objects(element, name)];
  for (let at = 0; at < found.length; at++) {
    for (const child of objects(found[at]!, name)) found.push(child);
  }
  return found;
}

/** True if `low` is certainly above `high`: both have numbers, and the same unit. */
export function isAbove(low: Json | undefined, high: Json | undefined): boolean {
  if (!isObject(low) || !isObject(high) || unitOf(low) !== unitOf(high)) return false;
  const [left, right] = [decimalOf(low['value']), decimalOf(high['value'])];
  return left !== undefined && right !== undefined && compareDecimals(left, right) > 0;
}

const unitOf = (quantity: JsonObject): string =>
  `${textOf(quantity, 'system') ?? ''}|${textOf(quantity, 'code') ?? textOf(quantity, 'unit') ?? ''}`;

/** A text that is the same for equal elements, whatever the order of their properties. */
export function equalText(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(equalText).join()}]`;
  if (!isObject(value)) return value instanceof ExactNumber ? value.text : JSON.stringify(value);
  const properties = Object.keys(value).toSorted();
  return `{${properties.map((name) => `${JSON.stringify(name)}:${equalText(value[name])}`).join()}}`;
}
