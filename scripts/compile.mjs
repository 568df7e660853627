// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { dist, root, stamp } from './paths.mjs';

/**
 * Compiles `src` to `dist`, from nothing, so that no file of a deleted source stays behind.
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
  rmSync(dist, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), ...flags], {
    stdio: 'inherit',
  });
  // The stamp comes last: an interrupted build counts as none.
  if (status === 0) writeFileSync(stamp, '');
  return status ?? 1;
}

function findCompiler() {
  try {
    const path = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
