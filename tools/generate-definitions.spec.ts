import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateDefinitions } from './generate-definitions.mjs';

describe('the committed R4 definitions', () => {
  it.each(Object.entries(generateDefinitions()))('%s is what the generator writes', (file, text) => {
    expect(readFileSync(new URL(`../definitions/r4/${file}`, import.meta.url), 'utf8')).toBe(text);
  });
});
