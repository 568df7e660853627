import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidRelease } from '../storage/concepts/release-concept.js';

/** Files below a folder that are looked at; a release has some hundred. */
const mostFiles = 10_000;

/** Paths of all files below a folder, sorted. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  if (entries.length > mostFiles)
    throw new InvalidRelease(`${folder} has more than ${mostFiles} files. Name the folder of one release.`);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
}

export const filesNamed = (files: readonly string[], name: RegExp): readonly string[] =>
  files.filter((path) => name.test(basename(path)));

/** The file of a release that has to be there once. */
export function theFile(files: readonly string[], name: RegExp, folder: string): string {
  const found = filesNamed(files, name);
  if (found.length === 1) return found[0]!;
  if (found.length === 0) throw new InvalidRelease(`${folder} has no file whose name is like ${name.source}.`);
  throw new InvalidRelease(`${folder} has several releases: ${found.slice(0, 3).join(', ')}. Name the folder of one.`);
}
