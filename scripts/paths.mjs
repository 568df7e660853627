// @ts-check
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const dist = join(root, 'dist');
/** The workspace of the web console, and where it is built; beside the server's own `dist/console/*.js`. */
export const consoleSource = join(root, 'console');
export const consoleWeb = join(dist, 'console', 'web');
export const consoleStamp = join(consoleWeb, '.built');
/** What V8 has compiled (docs/adr/0178); `bin/lanyard.mjs` names it, too. */
export const compiled = join(dist, '.compiled');
/** Written when a build is complete; its time is the age of the build. */
export const stamp = join(dist, '.built');
