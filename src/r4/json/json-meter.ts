import { type DocumentLimits, TooManyValues } from './json-limits.js';
import { TooDeepJson } from './json.js';

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const colon = 0x3a;
const isBlank = (c: number): boolean => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
const entry = Buffer.from('entry');
/** Bytes of a string that are looked at one by one before the platform looks for its end: to ask it costs as much. */
const shortString = 64;

/**
 * A value takes 64 bytes or more once it is parsed, and the entries of a transaction are held until it is done. Compact
 * resources have 17 bytes for each value and more (ADR 45).
 */
const bytesPerValue = 14;

const tooDense = (limit: number): TooManyValues =>
  new TooManyValues(
    limit,
    'The body',
    `A Bundle may hold more where there are ${bytesPerValue} bytes for each, as resources have. Send it in smaller parts.`,
  );

/** Start and end of an entry, in bytes. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

export interface MeterLimits extends DocumentLimits {
  /** Entries whose places are kept; more are counted. */
  readonly mostEntries: number;
}

/**
 * Looks at JSON while it arrives, byte by byte: counts values and levels, so that what is too much is refused before it is
 * there, and finds the entries of a Bundle, so that each can be parsed alone. It takes any bytes: whether they are JSON is the
 * parser's question.
 */
export class JsonMeter {
  /** Entries of a Bundle; undefined without a `"entry": [` of its own. */
  entries: Extent[] | undefined;
  /** Entries, kept or not. */
  count = 0;
  /** Brackets of `entry`, which stand around the entries. */
  list: Extent | undefined;
  values = 0;

  private depth = 0;
  private offset = 0;
  private isInString = false;
  private isEscaped = false;
  private isInToken = false;
  /** Number of characters of `"entry"` that the last string at the top has; -1: something else. */
  private matched = -1;
  private listStart = -1;
  private entryStart = -1;
  private isListOver = false;
  /** Values before this entry. */
  private before = 0;
  private inEntries = 0;

  constructor(
    private readonly limits: MeterLimits,
    private readonly findsEntries: boolean,
  ) {}

  /** Throws {@link TooManyValues} and `MalformedJson`. */
  look(bytes: Buffer): void {
    for (let i = 0; i < bytes.length; i++) {
      const c = bytes[i]!;
      if (this.isInString) i = this.string(bytes, i);
      else if (isBlank(c)) this.isInToken = false;
      else if (c === quote) this.begin(i);
      else this.mark(c, this.offset + i);
    }
    this.offset += bytes.length;
    this.requireFew();
  }

  /** Offset of the last byte of the string that is within these bytes. */
  private string(bytes: Buffer, from: number): number {
    let i = from;
    for (; i < bytes.length; i++) {
      // Once for each string: with a mark every few bytes, each search would look through all that follows.
      if (i - from === shortString && this.matched < 0 && !this.isEscaped) i = nextMark(bytes, i);
      if (this.endsString(bytes[i]!)) return i;
    }
    return i;
  }

  /** Looks at one byte within a string. */
  private endsString(c: number): boolean {
    if (this.isEscaped) this.isEscaped = false;
    else if (c === backslash) this.isEscaped = true;
    else if (c === quote) {
      this.isInString = false;
      if (this.matched >= 0 && this.matched !== entry.length) this.matched = -1;
      return true;
    }
    if (this.matched >= 0)
      this.matched = this.matched < entry.length && c === entry[this.matched] ? this.matched + 1 : -1;
    return false;
  }

  private begin(at: number): void {
    this.isInString = true;
    this.isInToken = false;
    this.values++;
    this.matched = this.findsEntries && this.depth === 1 ? 0 : -1;
    if (this.depth === 2) this.beginEntry(this.offset + at);
  }

  private mark(c: number, at: number): void {
    if (c === colon) {
      this.values--;
      this.isInToken = false;
    } else if (c === comma) {
      this.isInToken = false;
      this.endEntry(at);
      if (this.depth === 1) this.matched = -1;
    } else if ((c | 0x20) === 0x7b) this.openBracket(c, at);
    else if ((c | 0x20) === 0x7d) this.closeBracket(at);
    else if (!this.isInToken) {
      this.isInToken = true;
      this.values++;
      if (this.depth === 2) this.beginEntry(at);
    }
  }

  private openBracket(c: number, at: number): void {
    this.values++;
    this.isInToken = false;
    if (this.depth === 2) this.beginEntry(at);
    if (++this.depth > this.limits.depthLimit) {
      throw new TooDeepJson(`more than ${this.limits.depthLimit}`, this.limits.depthLimit);
    }
    // A second list is for the parser, which refuses a name that comes twice.
    if (this.depth === 2 && c === 0x5b && this.matched === entry.length && !this.entries) {
      this.entries = [];
      this.listStart = at;
    }
    this.matched = -1;
  }

  private closeBracket(at: number): void {
    this.isInToken = false;
    if (this.depth === 2 && this.isInList) {
      if (this.entryStart >= 0 || this.count > 0) this.endEntry(at);
      this.isListOver = true;
      this.list = { start: this.listStart, end: at + 1 };
    }
    this.depth--;
  }

  private get isInList(): boolean {
    return this.listStart >= 0 && !this.isListOver;
  }

  private beginEntry(at: number): void {
    if (!this.isInList || this.entryStart >= 0) return;
    this.entryStart = at;
    this.before = this.values - 1;
  }

  private endEntry(at: number): void {
    if (this.depth !== 2 || !this.isInList) return;
    // A comma without a value before it makes an empty entry, which the parser refuses.
    const start = this.entryStart < 0 ? at : this.entryStart;
    this.requireFew();
    if (this.entryStart >= 0) this.inEntries += this.values - this.before;
    if (this.count++ < this.limits.mostEntries) this.entries!.push({ start, end: at });
    this.entryStart = -1;
  }

  private requireFew(): void {
    const { valuesLimit } = this.limits;
    if (this.values > Math.max(valuesLimit, this.offset / bytesPerValue)) throw tooDense(valuesLimit);
    const [own, place] =
      this.entryStart >= 0
        ? [this.values - this.before, `Bundle.entry[${this.count}]`]
        : [this.values - this.inEntries, this.entries ? 'The Bundle beside its entries' : 'The body'];
    if (own > valuesLimit) throw new TooManyValues(valuesLimit, place);
  }
}

/** Offset of the next quote or backslash, or of the last byte. */
function nextMark(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(quote, from);
  const string = bytes.subarray(from, end === -1 ? bytes.length - 1 : end);
  const escape = string.indexOf(backslash);
  return from + (escape === -1 ? string.length : escape);
}
