import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Entry, openPromise } from 'yauzl';
import { wrongUsage } from '../command-failed.js';
import type { FoundFile } from './found-file.js';

/** More names than this are not read: an archive is a folder, and no index of a hospital. */
const mostEntries = 1_000_000;

export const isArchive = (path: string): boolean => /\.zip$/i.test(path);

const withinArchive = 'it is an archive within an archive; unpack the outer one, and import its folder';

/** The files of an archive, without folders. Archives within it are files that cannot be read. Throws where it is none, or is encrypted. */
export async function filesOfArchive(path: string): Promise<readonly FoundFile[]> {
  const files: FoundFile[] = [];
  try {
    const archive = await openPromise(path);
    for await (const entry of archive.eachEntry()) {
      if (files.length === mostEntries) throw new Error(`it has more than ${mostEntries} files`);
      if (!entry.fileName.endsWith('/')) files.push(fileIn(path, entry));
    }
  } catch (error) {
    throw wrongUsage(
      `"${path}" cannot be read as an archive: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return files;
}

const fileIn = (archive: string, entry: Entry): FoundFile => ({
  path: join(archive, entry.fileName),
  size: entry.uncompressedSize,
  open: () => (isArchive(entry.fileName) ? Promise.reject(new Error(withinArchive)) : openEntry(archive, entry)),
});

/** The archive is open as long as its entry is read: a folder may hold thousands. */
async function openEntry(path: string, entry: Entry): Promise<Readable> {
  const archive = await openPromise(path, { autoClose: false, lazyEntries: true });
  try {
    const stream = await archive.openReadStreamPromise(entry);
    return stream.once('close', () => archive.close());
  } catch (error) {
    archive.close();
    throw error;
  }
}
