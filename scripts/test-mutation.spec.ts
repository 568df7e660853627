import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mutations } from '../test/mutation/mutations.mjs';

const root = new URL('../', import.meta.url);

describe('mutations', () => {
  it('change what the source still says', () => {
    const stale = mutations.filter(({ file, find, times = 1 }) => {
      const text = readFileSync(new URL(file, root), 'utf8');
      return text.split(find).length - 1 !== times;
    });
    expect(stale.map(({ name, file }) => `${name}: ${file}`)).toEqual([]);
    expect(mutations.length).toBeGreaterThan(100);
  });
});
