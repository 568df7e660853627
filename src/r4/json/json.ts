import { findDuplicateName } from './duplicate-name.js';
import { InvalidRequest } from '../errors/fhir-error.js';
import { jsonErrorOffset } from './json-error-offset.js';
import { type DocumentLimits, longestNumber, mostNames, TooManyValues } from './json-limits.js';
import { type JsonScan, scanJson } from './json-scan.js';
import { placeExtension, placeText, type TextPlace, textPlace } from '../errors/text-place.js';

/** A number whose text JavaScript would not reproduce, such as `1.10`, `1E2` or 20 digits. Other numbers stay numbers. */
export class ExactNumber {
  constructor(readonly text: string) {}

  toJSON(): string {
    return marker + this.text;
  }

  /** The digits, so that `Number(value)` is the number. */
  toString(): string {
    return this.text;
  }
}

/** A JSON value whose numbers keep their digits. */
export type Json = null | boolean | number | string | ExactNumber | readonly Json[] | JsonObject;
/** A JSON object, such as a resource. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** 400: the text is not JSON, or is JSON that would lose something when stored. */
export class MalformedJson extends InvalidRequest {
  /** `fact`: what is wrong, and where; `place`: the same place, for programs. */
  constructor(
    fact: string,
    readonly place?: TextPlace,
  ) {
    super({ ...(place && placeExtension(place)), code: 'structure', diagnostics: fact });
  }
}

/** 400: half of a surrogate pair, which is no Unicode text. */
export class LoneSurrogate extends MalformedJson {
  constructor(where: 'name' | 'string') {
    super(
      where === 'name'
        ? 'A name contains half of a surrogate pair.'
        : 'A string contains half of a surrogate pair (\\ud800 to \\udfff), which is not Unicode text.',
    );
  }
}

/** 400: deeper than DEPTH_LIMIT. */
export class TooDeepJson extends MalformedJson {
  constructor(depth: string, limit: number) {
    super(`The body nests ${depth} levels deep; it may nest ${limit} levels (setting DEPTH_LIMIT). Send flatter data.`);
  }
}

/** 400: an object of more names than any of R4 has. */
export class TooManyNames extends MalformedJson {
  constructor(place?: TextPlace) {
    super(
      `An object has more than ${mostNames} names${place ? placeText(place) : ''}; no element of FHIR has as many.`,
      place,
    );
  }
}

/** 400: a number that is no number of FHIR. */
export class TooLongNumber extends MalformedJson {
  constructor(place: TextPlace) {
    super(
      `A number has more than ${longestNumber} characters${placeText(place)}. Numbers of FHIR have 18 digits or a few more.`,
      place,
    );
  }
}

// NUL never occurs in an accepted document, so a string that starts with it is ours.
const marker = '\u0000';
const escapedMarker = '\\u0000';

/** Throws for a text that holds what we mark numbers with. */
export function refuseNul(text: string): void {
  if (text.includes(escapedMarker)) {
    throw new MalformedJson('The body contains the character U+0000, which FHIR forbids in strings.');
  }
}

/** Throws for a text without a value. */
export function refuseEmpty(text: string): void {
  if (!/\S/.test(text)) throw new MalformedJson('The body is empty; a JSON object is expected.');
}

/** Levels that a document may nest at most, in whatever format it comes: recursion elsewhere relies on it. */
export const maximumDepth = 100;

/**
 * Parses JSON (RFC 8259) without loss: digits of numbers survive, and what a plain parser drops silently is refused:
 * duplicate names, NUL, lone surrogates, too many levels. `sent`: what a client sent has limits beyond these. Throws
 * {@link MalformedJson}.
 */
export function parseJson(text: string, depthLimit = maximumDepth, sent?: DocumentLimits): Json {
  refuseNul(text);
  const scan = scanJson(text);
  if (scan.depth > depthLimit) throw new TooDeepJson(String(scan.depth), depthLimit);
  if (sent) refuseBeyond(sent, scan, text);
  const restoration = new Restoration(scan, sent ? mostNames : Number.POSITIVE_INFINITY);
  const document = restoration.restore(parseText(text, markNumbers(text, scan.numbers)));
  if (restoration.names !== scan.colons) throw duplicateName(text);
  return document;
}

/** Writes a document as JSON, compact or with line breaks; `Decimal`s appear with their own digits. */
export function writeJson(value: Json, pretty = false): string {
  const text = JSON.stringify(value, undefined, pretty ? 2 : 0);
  return text.includes(`"${escapedMarker}`) ? text.replace(/"\\u0000([^"]*)"/g, '$1') : text;
}

/** True for an object; not for an array, `null` or a number. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

function markNumbers(text: string, numbers: readonly number[]): string {
  if (numbers.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    parts.push(text.slice(from, numbers[i]), `"${escapedMarker}`, text.slice(numbers[i], numbers[i + 1]), '"');
    from = numbers[i + 1]!;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

function refuseBeyond({ valuesLimit }: DocumentLimits, { values, numbers }: JsonScan, text: string): void {
  if (values > valuesLimit) throw new TooManyValues(valuesLimit, 'The body');
  for (let i = 0; i < numbers.length; i += 2) {
    if (numbers[i + 1]! - numbers[i]! > longestNumber) throw new TooLongNumber(textPlace(text, numbers[i]!));
  }
}

function parseText(sent: string, marked: string): Json {
  refuseEmpty(sent);
  try {
    return JSON.parse(marked) as Json;
  } catch {
    throw notJson(textPlace(sent, jsonErrorOffset(sent)));
  }
}

/** Puts Decimals back, counts names and refuses what storage would change. Edits values in place. */
class Restoration {
  names = 0;

  constructor(
    private readonly scan: JsonScan,
    private readonly namesLimit: number,
  ) {}

  restore(value: Json): Json {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    return Array.isArray(value) ? this.array(value as Json[]) : this.object(value as JsonObject);
  }

  private array(items: Json[]): Json {
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      if (typeof item === 'object' || typeof item === 'string') items[i] = this.restore(item);
    }
    return items;
  }

  private object(object: JsonObject): Json {
    let own = 0;
    for (const name in object) {
      this.names++;
      if (++own > this.namesLimit) throw new TooManyNames();
      this.checkName(name);
      const item = object[name] as Json;
      if (typeof item === 'object' || typeof item === 'string') object[name] = this.restore(item);
    }
    return object;
  }

  private checkName(name: string): void {
    if (name === '__proto__') throw new MalformedJson('The name "__proto__" is not a FHIR element.');
    if (this.scan.hasSurrogateEscape && !name.isWellFormed()) throw new LoneSurrogate('name');
  }

  private text(value: string): Json {
    if (this.scan.numbers.length > 0 && value.charCodeAt(0) === 0) return new ExactNumber(value.slice(1));
    if (this.scan.hasSurrogateEscape && !value.isWellFormed()) throw new LoneSurrogate('string');
    return value;
  }
}

function duplicateName(text: string): MalformedJson {
  const found = findDuplicateName(text);
  return found
    ? nameTwice(found.name, textPlace(text, found.offset))
    : new MalformedJson('A name occurs twice in one object.');
}

/** The refusal of a text that stops to be JSON at a place. */
export const notJson = (place: TextPlace): MalformedJson =>
  new MalformedJson(`The body is not valid JSON${placeText(place)}.`, place);

/** The refusal of a name that its object has already. */
export const nameTwice = (name: string, place: TextPlace): MalformedJson =>
  new MalformedJson(`The name "${name}" occurs twice in one object${placeText(place)}.`, place);
