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

const dataUrl = /^data:[\w/+.-]*;base64,/;

/** The picture in a file, whatever the file is called, or in a `data:` URL; otherwise what is wrong. An SVG can run scripts, so it is none. */
export function readLogo(place: string): Logo | string {
  const bytes = bytesOf(place);
  if (typeof bytes === 'string') return bytes;
  if (bytes.length > largest) return tooLarge(bytes.length);
  const kind = kinds.find(([, isIt]) => isIt(bytes));
  return kind
    ? { type: kind[0], bytes }
    : 'must name a PNG, JPEG or WebP picture (an SVG can run scripts, so make a PNG of it)';
}

/** The picture as a `data:` URL, for where its file is not. */
export const logoUrl = ({ type, bytes }: Logo): string => `data:${type};base64,${bytes.toString('base64')}`;

function bytesOf(place: string): Buffer | string {
  const [start] = dataUrl.exec(place) ?? [];
  if (start !== undefined) return Buffer.from(place.slice(start.length), 'base64');
  try {
    const { size } = statSync(place);
    return size > largest ? tooLarge(size) : readFileSync(place);
  } catch {
    return 'names a file that cannot be read';
  }
}

const tooLarge = (size: number): string => `names a picture of ${size} bytes; a logo has ${largest} at most`;
