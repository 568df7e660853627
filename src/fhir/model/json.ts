import { findDuplicateName } from './duplicate-name.js';
import { InvalidRequest } from './fhir-error.js';
import { jsonErrorOffset } from './json-error-offset.js';
import { type JsonScan, scanJson } from './json-scan.js';

/** A number whose text JavaScript would not reproduce, such as `1.10`, `1E2` or 20 digits. Other numbers stay numbers. */
export class Decimal {
  constructor(readonly text: string) {}

  toJSON(): string {
    return marker + this.text;
  }
}

export type Json = null | boolean | number | string | Decimal | readonly Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** 400: the text is not JSON, or is JSON that would lose something when stored. */
export class MalformedJson extends InvalidRequest {
  constructor(fact: string) {
    super({ code: 'structure', diagnostics: fact });
  }
}

// NUL never occurs in an accepted document, so a string that starts with it is ours.
const marker = '\u0000';
const escapedMarker = '\\u0000';
/** Levels that a document may nest at most, in whatever format it comes: recursion elsewhere relies on it. */
export const maximumDepth = 100;

/**
 * Parses JSON (RFC 8259) without loss: digits of numbers survive, and what a plain parser drops silently is refused:
 * duplicate names, NUL, lone surrogates, too many levels. Throws {@link MalformedJson}.
 */
export function parseJson(text: string, depthLimit = maximumDepth): Json {
  if (text.includes(escapedMarker)) {
    throw new MalformedJson('The body contains the character U+0000, which FHIR forbids in strings.');
  }
  const scan = scanJson(text);
  if (scan.depth > depthLimit) {
    throw new MalformedJson(
      `The body nests ${scan.depth} levels deep; it may nest ${depthLimit} levels (setting DEPTH_LIMIT). Send flatter data.`,
    );
  }
  const restoration = new Restoration(scan);
  const document = restoration.restore(parseText(text, markNumbers(text, scan.numbers)));
  if (restoration.names !== scan.colons) throw new MalformedJson(duplicateNameFact(text));
  return document;
}

/** Writes a document as JSON, compact or with line breaks; `Decimal`s appear with their own digits. */
export function writeJson(value: Json, pretty = false): string {
  const text = JSON.stringify(value, undefined, pretty ? 2 : 0);
  return text.includes(`"${escapedMarker}`) ? text.replace(/"\\u0000([^"]*)"/g, '$1') : text;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal);

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

function parseText(sent: string, marked: string): Json {
  if (sent.trim() === '') throw new MalformedJson('The body is empty; a JSON object is expected.');
  try {
    return JSON.parse(marked) as Json;
  } catch {
    throw new MalformedJson(`The body is not valid JSON${placeOf(sent, jsonErrorOffset(sent))}.`);
  }
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return ` (line ${before.length}, column ${before.at(-1)!.length + 1})`;
}

/** Puts Decimals back, counts names and refuses what storage would change. Edits values in place. */
class Restoration {
  names = 0;

  constructor(private readonly scan: JsonScan) {}

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
    for (const name in object) {
      this.names++;
      this.checkName(name);
      const item = object[name] as Json;
      if (typeof item === 'object' || typeof item === 'string') object[name] = this.restore(item);
    }
    return object;
  }

  private checkName(name: string): void {
    if (name === '__proto__') throw new MalformedJson('The name "__proto__" is not a FHIR element.');
    if (this.scan.hasSurrogateEscape && !name.isWellFormed()) {
      throw new MalformedJson('A name contains half of a surrogate pair.');
    }
  }

  private text(value: string): Json {
    if (this.scan.numbers.length > 0 && value.charCodeAt(0) === 0) return new Decimal(value.slice(1));
    if (this.scan.hasSurrogateEscape && !value.isWellFormed()) {
      throw new MalformedJson(
        'A string contains half of a surrogate pair (\\ud800 to \\udfff), which is not Unicode text.',
      );
    }
    return value;
  }
}

function duplicateNameFact(text: string): string {
  const found = findDuplicateName(text);
  return found
    ? `The name "${found.name}" occurs twice in one object${placeOf(text, found.offset)}.`
    : 'A name occurs twice in one object.';
}
