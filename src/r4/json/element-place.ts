import { endOfString } from './json-scan.js';

/** Line and column in a text, each from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

const blank = /\s/;
const capital = /^[A-Z]/;
/** Other than a string, object or array. */
const scalar = /[^\s,\]}]*/y;

/**
 * Place in JSON text of the element that simple FHIRPath such as `Patient.name[0].given` names; of the nearest element around it that is there, when it
 * is not. `value` finds `valueQuantity`, as in JSON. The text has to be JSON that was read before.
 */
export function elementPlace(text: string, expression: string): TextPlace {
  const [, ...steps] = expression.split(/[.[]/).map((step) => step.replace(']', ''));
  let at = skipBlank(text, 0);
  for (const step of steps) {
    const next = /^\d+$/.test(step) ? itemAt(text, at, Number(step)) : propertyAt(text, at, step);
    if (next === undefined) break;
    at = next;
  }
  return placeAt(text, at);
}

function placeAt(text: string, offset: number): TextPlace {
  let [line, start] = [1, 0];
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && blank.test(text[at]!)) at++;
  return at;
}

/** Offset of the value of a property; undefined when the value at `open` is no object or has no such property. */
function propertyAt(text: string, open: number, name: string): number | undefined {
  if (text[open] !== '{') return undefined;
  let extra: number | undefined;
  for (let at = skipBlank(text, open + 1); text[at] === '"';) {
    const end = endOfString(text, at);
    const found = text.slice(at + 1, end);
    const value = skipBlank(text, skipBlank(text, end + 1) + 1);
    if (isNamed(found, name)) return value;
    if (found.startsWith('_') && isNamed(found.slice(1), name)) extra ??= value;
    at = skipComma(text, endOfValue(text, value));
  }
  return extra;
}

/** `value` is also written `valueQuantity`. */
const isNamed = (found: string, name: string): boolean =>
  found === name || (found.startsWith(name) && capital.test(found.slice(name.length)));

function itemAt(text: string, open: number, index: number): number | undefined {
  if (text[open] !== '[') return undefined;
  let at = skipBlank(text, open + 1);
  for (let left = index; left > 0 && at < text.length && text[at] !== ']'; left--)
    at = skipComma(text, endOfValue(text, at));
  return at < text.length && text[at] !== ']' ? at : undefined;
}

function skipComma(text: string, from: number): number {
  const at = skipBlank(text, from);
  return text[at] === ',' ? skipBlank(text, at + 1) : at;
}

/** Offset behind the value that begins here. */
function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start) + 1;
  if (text[start] === '{' || text[start] === '[') return endOfNested(text, start);
  scalar.lastIndex = start;
  return start + (scalar.exec(text)?.[0].length ?? 0);
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const c = text[at]!;
    if (c === '"') at = endOfString(text, at);
    else if ('{['.includes(c)) depth++;
    else if ('}]'.includes(c) && --depth === 0) return at + 1;
  }
  return text.length;
}
