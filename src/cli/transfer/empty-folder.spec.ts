import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder } from './empty-folder.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lanyard-empty-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('makes a folder with those above it, and takes an empty one', async () => {
  const inner = join(folder, 'a', 'b');
  await emptyFolder(inner);
  await emptyFolder(inner);
  expect(readdirSync(inner)).toEqual([]);
});

it('refuses a folder with files, and what is none', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(emptyFolder(folder)).rejects.toThrow('has files already');
  await expect(emptyFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it.skipIf(process.platform !== 'linux')('ends where none can be made', async () => {
  await expect(emptyFolder('/proc/none/folder')).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/none' });
});
