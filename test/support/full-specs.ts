import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const takesAShare = /support\/full\.js|\.\/matrix\.js/;
/** A server, a command or a browser takes seconds before it does anything. */
const beginsProcesses =
  /\bServerProcess\b|support\/(?:command-line|server-beside|chromium|console-visit|recipes|extension-folder|glewlwyd|smart-app|write-load)\.js|node:child_process/;

/** Paths of the specs that are longer in `npm run test:full`, from the root of the repository. */
export const specsThatTakeAShare = (): string[] => specsThatMatch(takesAShare);

/** Paths of the specs with servers, commands and browsers as processes of their own: `npm run test:full` alone runs them. */
export const specsOfProcesses = (): string[] => specsThatMatch(beginsProcesses);

function specsThatMatch(pattern: RegExp): string[] {
  const tests = fileURLToPath(new URL('..', import.meta.url));
  return readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts') && pattern.test(readFileSync(tests + name, 'utf8')))
    .map((name) => `test/${name}`);
}
