// @ts-check
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.mjs';
import { root, stamp } from './paths.mjs';

/** Builds `dist` when it is missing or older than what it is made from; ends the process when that fails. */
export function ensureBuilt() {
  if (!isStale()) return;
  // Standard output of a command may be read by another program.
  process.stderr.write('Building ...\n');
  // Starting waits for this; types are checked by `npm run check` and `npm run build`.
  const status = compile('--noCheck', '--declaration', 'false');
  if (status !== 0) process.exit(status);
}

function isStale() {
  const built = modified(stamp);
  const files = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => modified(join(root, name)));
  return built === 0 || Math.max(newest(join(root, 'src')), ...files) > built;
}

/** @param {string} path */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The newest change in a folder. Folders count too: deleting a file touches its folder only. @param {string} folder @returns {number} */
function newest(folder) {
  const times = [modified(folder)];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) times.push(newest(path));
    else if (!entry.name.endsWith('.spec.ts')) times.push(modified(path));
  }
  return Math.max(...times);
}
