import { mkdir, readdir } from 'node:fs/promises';
import { wrongUsage } from '../command-failed.js';

/** Makes the folder, so that what is written there is not mixed with other files. Throws where it has some. */
export async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw wrongUsage(`"${folder}" has files already. Name an empty folder, or one that is not there.`);
}
