import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Paths of the specs that are longer in `npm run test:full`, from the root of the repository. */
export function specsThatTakeAShare(): string[] {
  const tests = fileURLToPath(new URL('..', import.meta.url));
  return readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        name.endsWith('.spec.ts') && /support\/full\.js|\.\/matrix\.js/.test(readFileSync(tests + name, 'utf8')),
    )
    .map((name) => `test/${name}`);
}
