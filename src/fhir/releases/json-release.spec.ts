import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConcepts } from '../storage/concepts/concept-load.js';
import type { StatementsInOrder } from '../storage/concepts/statements-in-order.js';
import { ndjsonRelease } from './json-release.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-release-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const session = {
  copy: () => Promise.resolve(),
  copyAhead: () => Promise.resolve(),
  breathe: () => Promise.resolve(),
} as unknown as StatementsInOrder;

it.each([
  ['has another code', '{"code":"c"}'],
  ['has more concepts', '{"code":"b"}\n{"code":"c"}'],
  ['has fewer concepts', ''],
])('a file that %s when it is read again ends the load', async (_what, rest) => {
  const path = join(folder, 'a.ndjson');
  const head = '{"resourceType":"CodeSystem","url":"urn:a","content":"complete"}';
  await writeFile(path, `${head}\n{"code":"a"}\n{"code":"b"}\n`);
  const release = await ndjsonRelease(path);
  const changing = {
    ...release,
    outline: async () => {
      const outline = await release.outline();
      await writeFile(path, `${head}\n{"code":"a"}\n${rest}\n`);
      return outline;
    },
  };
  await expect(loadConcepts(session, changing, { load: 1, foldsCase: false })).rejects.toThrow(
    'was changed while it was loaded',
  );
});
