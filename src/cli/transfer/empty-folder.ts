import { mkdir, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { wrongUsage } from '../command-failed.js';

/** Makes the folder, so that what is written there is not mixed with other files. Throws where it has some. */
export async function emptyFolder(folder: string): Promise<void> {
  await madeFolder(folder);
  if ((await readdir(folder)).length > 0)
    throw wrongUsage(`"${folder}" has files already. Name an empty folder, or one that is not there.`);
}

/** Folder by folder: where none can be made, as in `/proc`, the `recursive` of Node.js 20 goes on trying for ever. */
async function madeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await madeFolder(dirname(folder));
    await mkdir(folder);
  }
}
