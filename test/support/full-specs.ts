import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A server, a command or a browser takes seconds before it does anything. */
const beginsProcesses =
  /\bServerProcess\b|support\/(?:command-line|server-beside|chromium|console-visit|recipes|extension-folder|glewlwyd|smart-app|write-load)\.js|node:child_process/;

/** Paths of the specs with servers, commands and browsers as processes of their own: `npm run test:full` alone runs them. */
export function specsOfProcesses(): string[] {
  const tests = fileURLToPath(new URL('..', import.meta.url));
  return readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts') && beginsProcesses.test(readFileSync(tests + name, 'utf8')))
    .map((name) => `test/${name}`);
}
