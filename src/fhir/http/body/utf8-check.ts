import { isUtf8 } from 'node:buffer';

/** Checks that bytes are UTF-8, as they come. */
export class Utf8Check {
  /** The beginning of a character whose rest has not come. */
  private rest: Buffer = Buffer.alloc(0);

  accepts(bytes: Buffer): boolean {
    const joined = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const end = joined.length - unfinished(joined);
    this.rest = Buffer.from(joined.subarray(end));
    return isUtf8(joined.subarray(0, end));
  }

  get isWhole(): boolean {
    return this.rest.length === 0;
  }
}

/** Returns the number of bytes at the end that begin a character with more of them (RFC 3629 section 3). */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < lengthOf(byte) ? back : 0;
  }
  return 0;
}

const lengthOf = (first: number): number => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2);
