import { type ImportFailure } from './importer.js';
import { notRead } from './read-resources.js';

/** A line of a file, from 1, or why it cannot be read. */
export interface FileLine {
  readonly line: number;
  readonly text?: string;
  readonly fault?: string;
  /** Bytes of the file up to its end. */
  readonly bytes: number;
}

const lineFeed = 0x0a;

/** Lines that hold something; CRLF, a BOM and empty lines are taken. A line of more than `mostBytes` is named and passed over. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<FileLine> {
  let held: Buffer[] = [];
  let size = 0;
  let line = 1;
  let bytes = 0;
  const take = (): FileLine | undefined => {
    const read =
      size > mostBytes
        ? { fault: `it has ${size} bytes, and ${mostBytes} are the most` }
        : textOf(Buffer.concat(held, size), line);
    held = [];
    bytes += size + 1;
    size = 0;
    return read && { line, ...read, bytes };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      hold(chunk.subarray(start, end));
      const read = take();
      if (read) yield read;
      line++;
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  const last = take();
  if (last) yield last;

  function hold(part: Buffer): void {
    size += part.length;
    if (size <= mostBytes) held.push(part);
    else held = [];
  }
}

function textOf(bytes: Buffer, line: number): { readonly text?: string; readonly fault?: string } | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: line > 1 }).decode(bytes).trim();
  } catch {
    return { fault: 'it is not UTF-8' };
  }
  if (text === '') return undefined;
  return text.includes('\0') ? { fault: 'it has the character U+0000' } : { text };
}

export const unreadable = (place: string, fault = ''): ImportFailure =>
  notRead(place, `The line cannot be read: ${fault}.`);
