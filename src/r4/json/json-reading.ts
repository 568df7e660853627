import { type DocumentLimits, longestNumber, mostNames, TooManyValues } from './json-limits.js';
import { endsLine, type TextPlace } from '../errors/text-place.js';
import { endOfString } from './json-scan.js';
import {
  ExactNumber,
  type Json,
  type JsonObject,
  LoneSurrogate,
  MalformedJson,
  nameTwice,
  notJson,
  refuseEmpty,
  refuseNul,
  TooDeepJson,
  TooLongNumber,
  TooManyNames,
} from './json.js';
import { Turns } from './turns.js';

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'comma or end' | 'nothing';

/** An object or array that is being read. */
type Open =
  | { readonly items: Json[]; readonly object?: undefined }
  | { readonly object: JsonObject; name: string; names: number; readonly items?: undefined };

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- what a string may not hold as it is
const special = /[\\\u0000-\u001f]/;
const literals: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const stepsBetweenLooks = 64;
/** One step may be a string of megabytes. */
const charactersBetweenLooks = 65_536;

/**
 * Reads large JSON step by step, so that it can stop between any two values: the parser of the platform reads a text in one
 * go. It makes the document that `parseJson` makes, and refuses what that refuses (a property test compares them).
 */
export class JsonReading {
  private readonly open: Open[] = [];
  private expected: Expected = 'value';
  private at = 0;
  private values = 0;
  private line = 1;
  private lineStart = 0;
  private document: Json | undefined;

  constructor(
    private readonly text: string,
    private readonly limits: DocumentLimits,
  ) {}

  /** The document, read in turns. Throws {@link MalformedJson}. */
  static async inTurns(text: string, limits: DocumentLimits): Promise<Json> {
    const [reading, turns] = [new JsonReading(text, limits), new Turns()];
    refuseNul(text);
    refuseEmpty(text);
    while (!reading.read(stepsBetweenLooks, charactersBetweenLooks)) await turns.next();
    return reading.document!;
  }

  /** Takes so many steps, or fewer where they are long; true when the document is whole. */
  read(steps: number, characters = Number.POSITIVE_INFINITY): boolean {
    const end = this.at + characters;
    for (let i = 0; i < steps && this.at < end; i++) {
      this.skipBlanks();
      if (this.expected === 'nothing') return this.at >= this.text.length || this.fail();
      this.step();
    }
    return false;
  }

  private step(): void {
    const c = this.text[this.at];
    switch (this.expected) {
      case 'comma or end':
        if (c !== ',') return this.close(c);
        this.at++;
        this.expected = this.open.at(-1)!.items ? 'value' : 'name';
        return;
      case 'name or end':
        return c === '}' ? this.close(c) : this.name();
      case 'name':
        return this.name();
      case 'value or end':
        return c === ']' ? this.close(c) : this.value(c);
      default:
        return this.value(c);
    }
  }

  private value(c: string | undefined): void {
    if (++this.values > this.limits.valuesLimit) throw new TooManyValues(this.limits.valuesLimit, this.place());
    if (c === '{') return this.begin({ object: {}, name: '', names: 0 }, 'name or end');
    if (c === '[') return this.begin({ items: [] }, 'value or end');
    this.put(c === '"' ? this.string() : this.scalar(c));
    this.expected = this.open.length > 0 ? 'comma or end' : 'nothing';
  }

  private begin(container: Open, expected: Expected): void {
    this.put(container.items ?? container.object);
    this.open.push(container);
    if (this.open.length > this.limits.depthLimit)
      throw new TooDeepJson(`more than ${this.limits.depthLimit}`, this.limits.depthLimit);
    this.at++;
    this.expected = expected;
  }

  private put(value: Json): void {
    const holder = this.open.at(-1);
    if (!holder) this.document = value;
    else if (holder.items) holder.items.push(value);
    else holder.object[holder.name] = value;
  }

  private close(c: string | undefined): void {
    const holder = this.open.at(-1)!;
    if (c !== (holder.items ? ']' : '}')) this.fail();
    this.open.pop();
    this.at++;
    this.expected = this.open.length > 0 ? 'comma or end' : 'nothing';
  }

  private name(): void {
    if (this.text[this.at] !== '"') this.fail();
    const holder = this.open.at(-1)!;
    if (holder.items) return this.fail();
    const from = this.at;
    holder.name = this.string('name');
    if (holder.name === '__proto__') throw new MalformedJson('The name "__proto__" is not a FHIR element.');
    if (Object.hasOwn(holder.object, holder.name)) {
      throw nameTwice(holder.name, this.placeAt(from));
    }
    if (++holder.names > mostNames) throw new TooManyNames(this.placeAt(from));
    this.skipBlanks();
    if (this.text[this.at] !== ':') this.fail();
    this.at++;
    this.expected = 'value';
  }

  private string(what: 'name' | 'string' = 'string'): string {
    const { text, at } = this;
    const end = endOfString(text, at);
    if (end >= text.length) this.fail();
    this.at = end + 1;
    const raw = text.slice(at + 1, end);
    return special.test(raw) ? this.unescaped(at, end + 1, what) : raw;
  }

  private unescaped(start: number, end: number, what: 'name' | 'string'): string {
    const value = readString(this.text.slice(start, end));
    if (value === undefined) throw notJson(this.placeAt(start));
    if (!value.isWellFormed()) throw new LoneSurrogate(what);
    return value;
  }

  private scalar(c: string | undefined): Json {
    const { text, at } = this;
    const literal = literals.find(([word]) => word[0] === c && text.startsWith(word, at));
    if (literal) {
      this.at += literal[0].length;
      return literal[1];
    }
    if (isTooLong(text, at)) throw new TooLongNumber(this.placeAt(at));
    number.lastIndex = at;
    if (!number.test(text)) this.fail();
    const digits = text.slice(at, number.lastIndex);
    this.at = number.lastIndex;
    const value = Number(digits);
    return String(value) === digits ? value : new ExactNumber(digits);
  }

  private skipBlanks(): void {
    for (; ; this.at++) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      if (c < 0x20 && endsLine(this.text, this.at)) {
        this.line++;
        this.lineStart = this.at + 1;
      }
    }
  }

  /** Only blanks of JSON have ends of lines, so that the line is known without looking back. */
  private placeAt(offset: number): TextPlace {
    return { line: this.line, column: offset - this.lineStart + 1 };
  }

  /** FHIRPath of the value that is being read. */
  private place(): string {
    const [root] = this.open;
    const type = root?.object?.['resourceType'];
    const inner = this.open.length - 1;
    const parts = this.open.map((one, i) =>
      // An open item that is not the innermost is in its array already.
      one.items ? `[${one.items.length - (i < inner ? 1 : 0)}]` : `.${one.name}`,
    );
    return `${typeof type === 'string' ? type : 'The body'}${parts.join('')}`;
  }

  private fail(): never {
    throw notJson(this.placeAt(this.at));
  }
}

function readString(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

function isTooLong(text: string, start: number): boolean {
  let end = start;
  const most = start + longestNumber + 1;
  while (end < most && /[-+.\deE]/.test(text.charAt(end))) end++;
  return end === most;
}
