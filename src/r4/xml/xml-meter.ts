import { TooManyValues } from '../json/json-limits.js';

const lessThan = 0x3c;
// `/`, `!` and `?`: what opens no element.
const isNoName = (c: number): boolean => c === 0x2f || c === 0x21 || c === 0x3f;

/** Counts the elements of XML while it arrives; each becomes a value at least. */
export class XmlMeter {
  values = 0;
  private afterOpening = false;

  constructor(private readonly valuesLimit: number) {}

  /** Throws {@link TooManyValues}. */
  look(bytes: Buffer): void {
    if (this.afterOpening && bytes.length > 0) this.count(bytes[0]!);
    for (let at = bytes.indexOf(lessThan); at !== -1; at = bytes.indexOf(lessThan, at + 1)) {
      this.afterOpening = at + 1 === bytes.length;
      if (!this.afterOpening) this.count(bytes[at + 1]!);
    }
    if (this.values <= this.valuesLimit) return;
    throw new TooManyValues(
      this.valuesLimit,
      'The body',
      'Send it in smaller parts, or a Bundle as JSON, whose entries are counted one by one.',
    );
  }

  private count(after: number): void {
    this.afterOpening = false;
    if (!isNoName(after)) this.values++;
  }
}
