// @ts-check
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildConsole } from './build-console.mjs';
import { compile } from './compile.mjs';
import { consoleSource, consoleStamp, root, stamp } from './paths.mjs';

/** Builds what of `dist` is missing or older than what it is made from; ends the process when that fails. */
export function ensureBuilt() {
  const [isServerStale, isConsoleStale] = [isOlder(stamp, serverSources), isOlder(consoleStamp, consoleSources)];
  if (!isServerStale && !isConsoleStale) return;
  // Standard output of a command may be read by another program.
  process.stderr.write('Building ...\n');
  // Starting waits for this; types are checked by `npm run check` and `npm run build`.
  const status =
    (isServerStale && compile('--noCheck', '--declaration', 'false')) || (isConsoleStale && buildConsole()) || 0;
  if (status !== 0) process.exit(status);
}

/** The same for the console alone. Throws when that fails. */
export function ensureConsole() {
  if (isOlder(consoleStamp, consoleSources) && buildConsole() !== 0) throw new Error('The console cannot be built.');
}

const serverSources = ['src', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) =>
  join(root, name),
);
const consoleSources = ['src', 'index.html', 'vite.config.ts', 'package.json', 'tsconfig.json']
  .map((name) => join(consoleSource, name))
  .concat(join(root, 'package-lock.json'));

/** @param {string} built @param {readonly string[]} sources */
function isOlder(built, sources) {
  const time = modified(built);
  return time === 0 || Math.max(...sources.filter((path) => existsSync(path)).map(newest)) > time;
}

/** @param {string} path */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The newest change of a file, or in a folder. Folders count too: deleting a file touches its folder only. @param {string} folder @returns {number} */
function newest(folder) {
  const times = [modified(folder)];
  if (!statSync(folder).isDirectory()) return times[0] ?? 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) times.push(newest(path));
    else if (!entry.name.endsWith('.spec.ts')) times.push(modified(path));
  }
  return Math.max(...times);
}
