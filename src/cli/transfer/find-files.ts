import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { wrongUsage } from '../command-failed.js';

const isOffered = (name: string): boolean => /\.(?:ndjson|jsonl|json)(?:\.gz)?$/i.test(name);

/** Files of Synthea that others refer to come first. */
const comesFirst = (path: string): boolean => /^(?:hospital|practitioner)Information/i.test(basename(path));

export const isAddress = (place: string): boolean => /^https?:\/\//i.test(place);

/** The files of a folder and of those within it, the file itself, or that at an address. Throws where there is none that can be read. */
export async function findFiles(place: string): Promise<readonly { readonly path: string; readonly size: number }[]> {
  if (isAddress(place)) {
    if (!URL.canParse(place)) throw wrongUsage(`"${place}" is no address.`);
    return [{ path: place, size: 0 }];
  }
  const found = await stat(place).catch(() => undefined);
  if (!found) throw wrongUsage(`There is no file and no folder "${place}".`);
  const paths = found.isDirectory() ? await filesIn(place) : [place];
  const offered = paths.filter(isOffered);
  if (offered.length === 0)
    throw wrongUsage(`"${place}" has nothing to import: files end in .ndjson or .json, and .gz after it.`);
  const sorted = [...offered.filter(comesFirst).toSorted(), ...offered.filter((one) => !comesFirst(one)).toSorted()];
  return Promise.all(sorted.map(async (path) => ({ path, size: (await stat(path)).size })));
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
