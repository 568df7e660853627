import { stat } from 'node:fs/promises';
import { InvalidRelease } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { jsonRelease, ndjsonRelease } from './json-release.js';

const known = 'a CodeSystem as JSON or NDJSON (also .gz)';

/** The release in a file or a folder, by the names of its files. Throws {@link InvalidRelease}. */
export async function openRelease(path: string): Promise<Release> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new InvalidRelease(`${path}: there is no such file or folder.`);
  const plain = path.replace(/\.gz$/i, '');
  if (/\.ndjson$/i.test(plain)) return ndjsonRelease(path);
  if (/\.json$/i.test(plain)) return jsonRelease(path);
  throw new InvalidRelease(`${path} is none of the releases that this server knows: ${known}.`);
}
