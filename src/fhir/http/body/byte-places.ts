import { type TextPlace, textStart } from '../../../r4/errors/text-place.js';
import { Turns } from '../../../r4/json/turns.js';
import type { LargeBody } from './large-body.js';

const step = 65_536;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Byte order mark, which is no part of the text. */
const mark = Buffer.from('\uFEFF');

/** Place behind bytes that were counted. */
interface Behind extends TextPlace {
  readonly offset: number;
  readonly isAfterReturn: boolean;
}

/** Line and column of bytes of a large body. It goes on from the last one, as entries are mostly asked about in their order. */
export class BytePlaces {
  private readonly start: Behind;
  private last: Behind;

  constructor(private readonly body: LargeBody) {
    const offset = body.bytes(0, mark.length).equals(mark) ? mark.length : 0;
    this.start = { offset, ...textStart, isAfterReturn: false };
    this.last = this.start;
  }

  /** In turns with other requests. */
  async at(offset: number): Promise<TextPlace> {
    const turns = new Turns();
    let now = offset < this.last.offset ? this.start : this.last;
    while (now.offset < offset) {
      now = behind(now, this.body.bytes(now.offset, Math.min(now.offset + step, offset)));
      await turns.next();
    }
    this.last = now;
    return { line: now.line, column: now.column };
  }
}

function behind(from: Behind, bytes: Buffer): Behind {
  let { line, column, isAfterReturn } = from;
  for (const byte of bytes) {
    if (byte === lineFeed || byte === carriageReturn) {
      // CRLF is one end.
      if (byte === carriageReturn || !isAfterReturn) line++;
      column = 1;
    } else column += unitsOf(byte);
    isAfterReturn = byte === carriageReturn;
  }
  return { offset: from.offset + bytes.length, line, column, isAfterReturn };
}

/** UTF-16 code units of the character that begins with the byte; none where it goes on. */
const unitsOf = (byte: number): number => ((byte & 0xc0) === 0x80 ? 0 : byte >= 0xf0 ? 2 : 1);
