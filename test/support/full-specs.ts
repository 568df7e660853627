import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const asksForAShare = /support\/full\.js/;
const isMatrix = /\.\/matrix\.js/;
/** Of a matrix that `npm test` runs as it is. */
const isWhole = /\bwhole: true\b/;
/** A server, a command or a browser takes seconds before it does anything. */
const beginsProcesses =
  /\bServerProcess\b|support\/(?:command-line|server-beside|chromium|console-visit|recipes|extension-folder|glewlwyd|smart-app|write-load)\.js|node:child_process/;

/** Paths of the specs that are longer in `npm run test:full`, from the root of the repository. It runs them whole, so they hold little else. */
export const specsThatTakeAShare = (): string[] =>
  specsThat((text) => asksForAShare.test(text) || (isMatrix.test(text) && !isWhole.test(text)));

/** Paths of the specs with servers, commands and browsers as processes of their own: `npm run test:full` alone runs them. */
export const specsOfProcesses = (): string[] => specsThat((text) => beginsProcesses.test(text));

function specsThat(isSo: (text: string) => boolean): string[] {
  const tests = fileURLToPath(new URL('..', import.meta.url));
  return readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts') && isSo(readFileSync(tests + name, 'utf8')))
    .map((name) => `test/${name}`);
}
