import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A line of a file, from 1, or why it cannot be read. */
export interface FileLine {
  readonly line: number;
  readonly text?: string;
  readonly fault?: string;
}

/** Bytes of one line; a longer one is named and passed over. */
const mostBytes = 64 * 1024 ** 2;
const lineFeed = 0x0a;

/** Bytes of a file as they are read, and as they are once they are unpacked. */
export async function* bytesOf(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1024 ** 2 });
  file.on('data', (chunk) => onRead(chunk.length));
  yield* (path.toLowerCase().endsWith('.gz') ? unpacked(file) : file) as AsyncIterable<Buffer>;
}

function unpacked(file: Readable): Readable {
  const plain = createGunzip();
  file.on('error', (error) => plain.destroy(error));
  return file.pipe(plain);
}

/** Lines that hold something; CRLF, a BOM and empty lines are taken. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileLine> {
  let held: Buffer[] = [];
  let size = 0;
  let line = 1;
  const take = (): FileLine | undefined => {
    const read =
      size > mostBytes ? { fault: `it is longer than ${mostBytes} bytes` } : textOf(Buffer.concat(held, size), line);
    held = [];
    size = 0;
    return read && { line, ...read };
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
