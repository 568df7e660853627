import { StringDecoder } from 'node:string_decoder';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import { Turns } from '../../../r4/json/turns.js';
import type { XmlMeter } from '../../../r4/xml/xml-meter.js';

const withoutMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

/** A body that is too large to be decoded and parsed in one go, as it came. */
export class LargeBody {
  readonly size: number;
  private readonly starts: number[] = [];

  constructor(
    private chunks: readonly Buffer[],
    readonly meter: JsonMeter | XmlMeter,
    /** Digest of the bytes, where the request is to be carried out once. */
    readonly digest?: string,
  ) {
    let size = 0;
    for (const { length } of chunks) {
      this.starts.push(size);
      size += length;
    }
    this.size = size;
  }

  /** The text as a whole, once: the bytes are not held beside it. It is made in turns with other requests. */
  async take(): Promise<string> {
    const [decoder, turns, { chunks }] = [new StringDecoder('utf8'), new Turns(), this];
    this.chunks = [];
    let text = '';
    for (const chunk of chunks) {
      text += decoder.write(chunk);
      if (turns.isOver) await turns.next();
    }
    // V8 makes one text of the joined ones when their first character is read.
    const whole = withoutMark(text);
    if (turns.isOver) await turns.next();
    return whole;
  }

  /** Without a byte order mark. */
  text(start = 0, end = this.size): string {
    const text = this.bytes(start, end).toString('utf8');
    return start === 0 ? withoutMark(text) : text;
  }

  bytes(start: number, end: number): Buffer {
    const parts: Buffer[] = [];
    for (let i = this.chunkAt(start); i < this.chunks.length && this.starts[i]! < end; i++) {
      const from = this.starts[i]!;
      parts.push(this.chunks[i]!.subarray(Math.max(0, start - from), Math.max(0, end - from)));
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** The last chunk that begins at the offset or before it. */
  private chunkAt(offset: number): number {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
