import { isObject, type Json } from '../json/json.js';
import { inapplicable, malformed } from './operation-fault.js';

/** A JSON Pointer (RFC 6901) as its reference tokens. */
export type Tokens = readonly string[];

const maximumTokens = 100;
const inherited = new Set(['__proto__', 'constructor', 'prototype']);
const indexPattern = /^(?:0|[1-9]\d{0,8})$/;

export function parsePointer(text: string): Tokens {
  if (text === '') return [];
  if (!text.startsWith('/')) throw malformed('A JSON Pointer starts with "/".');
  if (/~(?![01])/.test(text)) throw malformed('In a JSON Pointer "~" is written "~0" and "/" in a name "~1".');
  const tokens = text.slice(1).split('/').map(unescapeToken);
  if (tokens.length > maximumTokens) throw malformed(`A path has at most ${maximumTokens} steps.`);
  const forbidden = tokens.find((token) => inherited.has(token));
  if (forbidden !== undefined) throw malformed(`"${forbidden}" is not a FHIR element.`);
  return tokens;
}

// This order, so that "~01" becomes "~1" (RFC 6901 section 4).
const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

export const writePointer = (tokens: Tokens): string =>
  tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The value that a pointer names; it must exist. */
export function valueAt(document: Json, tokens: Tokens): Json {
  let value = document;
  for (const [at, token] of tokens.entries()) {
    const child = childOf(value, token);
    if (child === undefined) throw inapplicable('not-found', missing(value, tokens.slice(0, at), token));
    value = child;
  }
  return value;
}

/**
 * Throws unless a value can be added here (RFC 6902 section 4.1): the holder exists, an index is at most one past the
 * end.
 */
export function checkPlace(document: Json, tokens: Tokens): void {
  const name = tokens.at(-1);
  if (name === undefined) return;
  const parent = tokens.slice(0, -1);
  const holder = valueAt(document, parent);
  if (Array.isArray(holder)) {
    if (name === '-' || (indexPattern.test(name) && Number(name) <= holder.length)) return;
    throw inapplicable('not-found', missing(holder as Json, parent, name));
  }
  if (!isPlainObject(holder)) throw inapplicable('not-found', missing(holder, parent, name));
}

function childOf(holder: Json, token: string): Json | undefined {
  if (Array.isArray(holder)) {
    return indexPattern.test(token) ? (holder[Number(token)] as Json | undefined) : undefined;
  }
  return isPlainObject(holder) && Object.hasOwn(holder, token) ? holder[token] : undefined;
}

/** The library takes an object that has an own `constructor` for an instance of a class. */
const isPlainObject = (value: Json): value is { [name: string]: Json | undefined } =>
  isObject(value) && !Object.hasOwn(value, 'constructor');

function missing(holder: Json, place: Tokens, token: string): string {
  const where = place.length === 0 ? 'The resource' : `"${writePointer(place)}"`;
  if (!Array.isArray(holder)) return `${where} has no element "${token}".`;
  const length = `${where} is an array of ${holder.length}`;
  return indexPattern.test(token) || token === '-' ? `${length}.` : `${length}; "${token}" is not an index.`;
}
