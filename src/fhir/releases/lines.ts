import { isAscii } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InvalidRelease } from '../storage/concepts/release-concept.js';

/** Characters of one line; more is no file of a release. */
const longestLine = 16_000_000;

/** Some lines of a file that follow each other. */
export interface Lines {
  readonly texts: readonly string[];
  /** Number of the first one, from 1. */
  readonly first: number;
}

const readSize = 256 * 1024;
const lastOfAscii = 0x7f;

/** Bytes of a file, unpacked if its name ends with `.gz`. */
export function bytesOf(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: readSize });
  // An error of the pipeline reaches whoever reads it.
  return path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : (file as AsyncIterable<Buffer>);
}

/** {@link bytesOf} in one part of the memory: they are there until the next ones are read. */
async function* passingBytesOf(path: string): AsyncGenerator<Buffer> {
  if (path.endsWith('.gz')) {
    yield* bytesOf(path);
    return;
  }
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(readSize);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, readSize);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** The lines of a UTF-8 file, many at once: a line has no object and no turn of its own. Throws {@link InvalidRelease}. */
export async function* linesOf(path: string): AsyncGenerator<Lines> {
  const decoder = new Utf8Chunks();
  let rest = '';
  let first = 1;
  for await (const chunk of readable(path)) {
    const texts = (rest + decode(decoder, chunk, { path, number: first - 1 })).split('\n');
    rest = texts.pop()!;
    if (rest.length > longestLine)
      throw new InvalidRelease(`${path}, line ${first + texts.length}: the line does not end.`);
    if (texts.length > 0) yield { texts: texts.map(withoutReturn), first };
    first += texts.length;
  }
  if (rest.trim() !== '') yield { texts: [withoutReturn(rest)], first };
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

async function* readable(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of passingBytesOf(path)) yield chunk;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw code === '' || error instanceof InvalidRelease
      ? error
      : new InvalidRelease(
          code.startsWith('Z_')
            ? `${path} ends early, or gzip did not pack it (${message}). Copy it again.`
            : `Cannot read ${path} (${code}).`,
        );
  }
}

/** Decodes a file chunk by chunk. */
class Utf8Chunks {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private isWithinCharacter = false;

  /** Throws for what is not UTF-8. */
  decode(chunk: Buffer): string {
    // The decoder takes two bytes for each character, in all texts that are cut out of its answer too.
    if (!this.isWithinCharacter && isAscii(chunk)) return chunk.toString('latin1');
    this.isWithinCharacter = chunk.at(-1)! > lastOfAscii;
    return this.decoder.decode(chunk, { stream: true });
  }
}

function decode(decoder: Utf8Chunks, chunk: Buffer, at: { readonly path: string; readonly number: number }): string {
  try {
    return decoder.decode(chunk);
  } catch {
    throw new InvalidRelease(
      `${at.path} is not UTF-8 after line ${at.number}. Convert it: iconv -f ISO-8859-1 -t UTF-8 FILE > NEW`,
    );
  }
}
