import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const here = new URL('./', import.meta.url);

describe('a bench', () => {
  it('imports files of the server that are there', () => {
    const named = readdirSync(here)
      .filter((file) => file.endsWith('.mjs'))
      .flatMap((file) => [...readFileSync(new URL(file, here), 'utf8').matchAll(/\bfrom\('(.+)\.js'\)/g)])
      .map(([, file = '']) => file);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((file) => !existsSync(new URL(`../src/${file}.ts`, here)))).toEqual([]);
  });
});
