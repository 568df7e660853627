import { readFileSync, statSync } from 'node:fs';

/** A picture as it is sent, with its media type. */
export interface Logo {
  readonly type: string;
  readonly bytes: Buffer;
}

const largest = 128 * 1024;

/** First bytes of the pictures that are taken. */
const kinds: readonly (readonly [type: string, isIt: (bytes: Buffer) => boolean])[] = [
  ['image/png', (bytes) => bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))],
  ['image/jpeg', (bytes) => bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))],
  ['image/webp', (bytes) => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP'],
];

/** The picture in a file, whatever the file is called; otherwise what is wrong. An SVG can run scripts, so it is none. */
export function readLogo(path: string): Logo | string {
  try {
    const { size } = statSync(path);
    if (size > largest) return `names a file of ${size} bytes; a logo has ${largest} at most`;
    const bytes = readFileSync(path);
    const kind = kinds.find(([, isIt]) => isIt(bytes));
    return kind
      ? { type: kind[0], bytes }
      : 'must name a PNG, JPEG or WebP picture (an SVG can run scripts, so make a PNG of it)';
  } catch {
    return 'names a file that cannot be read';
  }
}
