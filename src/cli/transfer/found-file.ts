import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** A file to import. */
export interface FoundFile {
  /** As messages name it: a path, an address, or `archive.zip/Patient.ndjson`. */
  readonly path: string;
  /** Bytes; 0: not known. */
  readonly size: number;
  /** Its bytes, still packed where it ends in `.gz`; undefined for an address. */
  readonly open?: () => Promise<Readable>;
}

/** A file that lies in the file system. */
export const fileAt = (path: string, size: number): FoundFile => ({
  path,
  size,
  open: () => Promise.resolve(createReadStream(path, { highWaterMark: 1024 ** 2 })),
});
