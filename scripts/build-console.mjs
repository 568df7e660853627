// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSbom } from './build-sbom.mjs';
import { consoleSource, consoleStamp, consoleWeb } from './paths.mjs';

/** Bytes, compressed, that a browser may have to load for the first page. */
const mostOfFirstView = 350 * 1024;

/** Builds the workspace `console` to `dist/console/web`. Returns an exit code. */
export function buildConsole() {
  const vite = findVite();
  if (vite === undefined) {
    process.stderr.write(
      'Cannot build the console: Vite is not installed. Run `npm ci` without --omit=dev and without NODE_ENV=production.\n',
    );
    return 1;
  }
  rmSync(consoleStamp, { force: true });
  // In a process of its own: Vite sets NODE_ENV=production, which means more to the server that starts after this.
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: consoleSource,
    // Standard output of a command may be read by another program.
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) return status ?? 1;
  const bytes = firstView(readManifest());
  if (bytes > mostOfFirstView) {
    process.stderr.write(
      `The first view of the console is ${bytes} bytes (gzip), and ${mostOfFirstView} is the most. Load more of it lazily.\n`,
    );
    return 1;
  }
  const failed = buildSbom();
  if (failed !== 0) return failed;
  // The stamp comes last: an interrupted build counts as none.
  writeFileSync(consoleStamp, '');
  return 0;
}

function findVite() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  } catch {
    return undefined;
  }
}

/** @typedef {{ file: string, css?: string[], assets?: string[], imports?: string[], isEntry?: boolean, src?: string }} Chunk */

/** Vite's list of chunks; it is not served. @returns {Record<string, Chunk>} */
function readManifest() {
  const path = join(consoleWeb, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  rmSync(path);
  return manifest;
}

/**
 * Bytes of the page, its scripts and styles, the home page and one language, compressed.
 * @param {Record<string, Chunk>} manifest
 */
export function firstView(manifest) {
  const files = new Set(['index.html']);
  /** @param {string} name */
  const add = (name) => {
    const chunk = manifest[name];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const next of chunk.imports ?? []) add(next);
  };
  for (const [name, { isEntry, src = '' }] of Object.entries(manifest))
    if (isEntry || src === 'src/pages/home/home-page.tsx' || src === 'src/messages/de.json') add(name);
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(consoleWeb, file))).length, 0);
}
