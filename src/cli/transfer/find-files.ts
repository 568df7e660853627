import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { wrongUsage } from '../command-failed.js';
import { fileAt, type FoundFile } from './found-file.js';
import { filesOfArchive, isArchive } from './zip-archive.js';

const isOffered = (name: string): boolean => /\.(?:ndjson|jsonl|json)(?:\.gz)?$/i.test(name);

const isTaken = (path: string): boolean => isOffered(path) || isArchive(path);

/** Files of Synthea that others refer to come first. */
const comesFirst = (path: string): boolean => /^(?:hospital|practitioner)Information/i.test(basename(path));

export const isAddress = (place: string): boolean => /^https?:\/\//i.test(place);

/**
 * The files of a folder and of those within it, those of archives there, the file itself, or that at an address. Throws where there is none that
 * can be read.
 */
export async function findFiles(place: string): Promise<readonly FoundFile[]> {
  if (isAddress(place)) {
    if (!URL.canParse(place)) throw wrongUsage(`"${place}" is no address.`);
    return [{ path: place, size: 0 }];
  }
  const found = await stat(place).catch(() => undefined);
  if (!found) throw wrongUsage(`There is no file and no folder "${place}".`);
  const paths = found.isDirectory() ? await filesIn(place) : [place];
  const files: FoundFile[] = [];
  for (const path of paths) {
    if (isArchive(path)) files.push(...(await filesOfArchive(path)).filter((one) => isTaken(one.path)));
    else if (isOffered(path)) files.push(fileAt(path, await sizeOf(path)));
  }
  if (files.length === 0)
    throw wrongUsage(
      `"${place}" has nothing to import: files end in .ndjson or .json, and .gz after it, also in a .zip.`,
    );
  return files.toSorted((one, other) => rankOf(one) - rankOf(other) || (one.path < other.path ? -1 : 1));
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => ({ size: 0 }))).size;

const rankOf = ({ path }: FoundFile): number => (comesFirst(path) ? 0 : 1);

/** Each file once, also where links lead to it; a link that leads nowhere is a file that cannot be read. */
async function filesIn(folder: string, seen = new Set<string>()): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const kind = await kindOf(path);
    const place = await realpath(path).catch(() => path);
    if (!kind || seen.has(place)) continue;
    seen.add(place);
    files.push(...(kind === 'folder' ? await filesIn(path, seen) : [path]));
  }
  return files;
}

async function kindOf(path: string): Promise<'folder' | 'file' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return 'folder';
  return isTaken(path) && (!found || found.isFile()) ? 'file' : undefined;
}
