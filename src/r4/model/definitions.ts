import { readFileSync } from 'node:fs';

/** Reads one of the committed compact R4 definition files (`tools/generate-definitions.mjs` writes them). */
export function readDefinitions(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../definitions/r4/${file}`, import.meta.url), 'utf8'));
}
