// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { consoleWeb, dist, root, stamp } from './paths.mjs';

/**
 * Compiles `src` to `dist`, from nothing, so that no file of a deleted source stays behind. What the console was built into stays.
 * @param {string[]} flags
 */
export function compile(...flags) {
  const compiler = findCompiler();
  if (compiler === undefined) {
    process.stderr.write(
      'Cannot build: TypeScript is not installed. Run `npm ci` without --omit=dev and without NODE_ENV=production.\n',
    );
    return 1;
  }
  emptyAround(consoleWeb, dist);
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), ...flags], {
    stdio: 'inherit',
  });
  // The stamp comes last: an interrupted build counts as none.
  if (status === 0) writeFileSync(stamp, '');
  return status ?? 1;
}

/** Removes all that is in the folder but what is kept. @param {string} kept @param {string} folder */
function emptyAround(kept, folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (path === kept) continue;
    if (kept.startsWith(path + sep)) emptyAround(kept, path);
    else rmSync(path, { recursive: true, force: true });
  }
}

function findCompiler() {
  try {
    const path = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
