// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { root } from '../scripts/paths.mjs';

const sets = ['iris-2020', 'smart-r4-2019'];

/** @typedef {{ name: string, text: string, entries: number }} SyntheaBundle */

export const folderOfSynthea = () => process.env['SYNTHEA_DIR'] ?? resolve(root, '../shared/data/synthea');

/** The real transaction bundles and what they hold by type; undefined where the data is not on this machine. */
export function readSynthea() {
  const folder = folderOfSynthea();
  if (!sets.every((set) => existsSync(join(folder, set)))) return undefined;
  /** @type {SyntheaBundle[]} */
  const bundles = [];
  /** @type {Map<string, number>} */
  const byType = new Map();
  for (const set of sets) {
    const manifest = readManifest(join(folder, `${set}.manifest.csv`));
    for (const file of readdirSync(join(folder, set)).filter((name) => name.endsWith('.json.gz'))) {
      const row = manifest.get(file);
      if (row === undefined) throw new Error(`${set}.manifest.csv does not name ${file}.`);
      const text = gunzipSync(readFileSync(join(folder, set, file))).toString('utf8');
      bundles.push({ name: `${set}/${file}`, text, entries: Number(row['entries']) });
      for (const [type, count] of Object.entries(JSON.parse(row['byType'] ?? '{}'))) {
        byType.set(type, (byType.get(type) ?? 0) + Number(count));
      }
    }
  }
  return { bundles, byType };
}

/** Rows by file. @param {string} path @returns {Map<string, Record<string, string>>} */
function readManifest(path) {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = fieldsOf(header);
  return new Map(
    lines.map((line) => {
      const fields = fieldsOf(line);
      return [fields[0] ?? '', Object.fromEntries(names.map((name, i) => [name, fields[i] ?? '']))];
    }),
  );
}

/** RFC 4180, one line. @param {string} line */
const fieldsOf = (line) =>
  [...line.trim().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  );
