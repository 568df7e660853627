import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InvalidRelease } from '../storage/concepts/release-concept.js';

/** Characters of one line; more is no file of a release. */
const longestLine = 16_000_000;

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** Bytes of a file, unpacked if its name ends with `.gz`. */
export function bytesOf(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  // What fails is told to who reads.
  return path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : (file as AsyncIterable<Buffer>);
}

/** The lines of a UTF-8 file, without empty ones. Throws {@link InvalidRelease}. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let number = 0;
  for await (const chunk of readable(path)) {
    const lines = (rest + decode(decoder, chunk, { path, number })).split('\n');
    rest = lines.pop()!;
    if (rest.length > longestLine) throw new InvalidRelease(`${path}, line ${number + 1}: the line does not end.`);
    for (const line of lines) {
      number++;
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (text !== '') yield { text, number };
    }
  }
  if (rest.trim() !== '') yield { text: rest.endsWith('\r') ? rest.slice(0, -1) : rest, number: number + 1 };
}

async function* readable(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of bytesOf(path)) yield chunk;
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

function decode(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Buffer,
  at: { readonly path: string; readonly number: number },
): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    throw new InvalidRelease(
      `${at.path} is not UTF-8 after line ${at.number}. Convert it: iconv -f ISO-8859-1 -t UTF-8 FILE > NEW`,
    );
  }
}
