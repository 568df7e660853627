import { endOfString } from '../json/json-scan.js';
import { bestRank, itemVisits, propertyVisits, type Visit, type WantedPlace } from './wanted-place.js';

const quote = 0x22;
const backslash = /\\/;
/** Other than a string, object or array. */
const scalar = /[^\s,\]}]*/y;

/** Finds the values of wanted elements in JSON text, in one pass. The text has to be JSON that was read before. */
export function findInJson(text: string, root: WantedPlace): void {
  value(text, skipBlank(text, 0), [{ wanted: root, rank: bestRank }]);
}

/** Returns the offset behind the value that begins at `at`. */
function value(text: string, at: number, visits: readonly Visit[]): number {
  for (const { wanted, rank } of visits) wanted.found(at, rank);
  if (text[at] === '{' && visits.some(({ wanted }) => wanted.properties.size > 0)) return object(text, at, visits);
  if (text[at] === '[' && visits.some(({ wanted }) => wanted.items.size > 0)) return list(text, at, visits);
  return endOfValue(text, at);
}

function object(text: string, open: number, visits: readonly Visit[]): number {
  let at = skipBlank(text, open + 1);
  while (text.charCodeAt(at) === quote) {
    const end = endOfString(text, at);
    const next = propertyVisits(visits, nameAt(text, at, end));
    const start = skipBlank(text, skipBlank(text, end + 1) + 1);
    at = skipComma(text, next.length > 0 ? value(text, start, next) : endOfValue(text, start));
  }
  return at + 1;
}

function nameAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  return backslash.test(raw) ? (JSON.parse(`"${raw}"`) as string) : raw;
}

function list(text: string, open: number, visits: readonly Visit[]): number {
  let at = skipBlank(text, open + 1);
  for (let index = 0; at < text.length && text[at] !== ']'; index++) {
    const next = itemVisits(visits, index);
    at = skipComma(text, next.length > 0 ? value(text, at, next) : endOfValue(text, at));
  }
  return at + 1;
}

function skipBlank(text: string, from: number): number {
  let at = from;
  for (let c = text.charCodeAt(at); c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09; c = text.charCodeAt(at)) at++;
  return at;
}

function skipComma(text: string, from: number): number {
  const at = skipBlank(text, from);
  return text[at] === ',' ? skipBlank(text, at + 1) : at;
}

function endOfValue(text: string, start: number): number {
  const c = text[start];
  if (c === '"') return endOfString(text, start) + 1;
  if (c === '{' || c === '[') return endOfNested(text, start);
  scalar.lastIndex = start;
  return start + (scalar.exec(text)?.[0].length ?? 0);
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === quote) at = endOfString(text, at);
    // `{` and `[`, `}` and `]` differ in one bit.
    else if ((c | 0x20) === 0x7b) depth++;
    else if ((c | 0x20) === 0x7d && --depth === 0) return at + 1;
  }
  return text.length;
}
