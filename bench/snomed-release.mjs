// @ts-check
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const core = '900000000000207008';
const time = '20240101';
const words = 'acute chronic left right upper lower primary secondary open closed simple complex mild severe'.split(
  ' ',
);
const organs = 'heart lung liver kidney skin bone joint nerve vessel muscle eye ear throat stomach'.split(' ');
const events = 'disorder injury infection neoplasm finding procedure structure measurement inflammation'.split(' ');

/** The concept with this number has this identifier. @param {number} n */
export const conceptId = (n) => `${100_000_000 + n}`;

/**
 * Below the concept 1 are all others, below the concept 2 there are `branch`; each third has a second parent.
 * @param {number} n @param {number} branch @returns {number[]}
 */
function parentsOf(n, branch) {
  if (n === 1) return [];
  if (n <= 3) return [1];
  const isInBranch = n <= branch + 2;
  const first = isInBranch ? 2 : branch + 3;
  if (n === first) return [1];
  const parent = n === 3 ? 1 : first + Math.floor((n - first - 1) / 8);
  const other = first + Math.floor((n - first - 1) / 11);
  return n % 3 === 0 && other !== parent ? [parent, other] : [parent];
}

/** Invented names of a size like SNOMED CT's. @param {number} n */
const nameOf = (n) =>
  `${words[n % 14]} ${events[n % 9]} of ${words[(n >> 3) % 14]} ${organs[(n >> 5) % 14]} type ${(n % 5000).toString(36)}${n % 7}`;

/**
 * Writes a snapshot of invented content in SNOMED CT's Release Format 2.
 * @param {string} folder @param {{ concepts: number, branch: number }} size
 */
export async function writeSnomedRelease(folder, { concepts, branch }) {
  mkdirSync(folder, { recursive: true });
  const head = ['id', 'effectiveTime', 'active', 'moduleId'];
  const numbers = Array.from({ length: concepts }, (_, i) => i + 1);
  /** @param {string} name @param {string[]} header @param {(n: number) => string[][]} rows */
  const file = (name, header, rows) =>
    write(join(folder, `${name}_INT_${time}.txt`), [...head, ...header], numbers, rows);
  await file('sct2_Concept_Snapshot', ['definitionStatusId'], (n) => [
    [conceptId(n), time, n % 50 === 0 ? '0' : '1', core, '900000000000074008'],
  ]);
  const description = ['conceptId', 'languageCode', 'typeId', 'term', 'caseSignificanceId'];
  await file('sct2_Description_Snapshot-en', description, (n) => {
    const about = [time, '1', core, conceptId(n), 'en'];
    return [
      [
        `${2_000_000_000 + n * 10}`,
        ...about,
        '900000000000003001',
        `${nameOf(n)} (${events[n % 9]})`,
        '900000000000448009',
      ],
      [`${2_000_000_001 + n * 10}`, ...about, '900000000000013009', nameOf(n), '900000000000448009'],
    ];
  });
  await writeLinks(file, branch);
  const language = ['refsetId', 'referencedComponentId', 'acceptabilityId'];
  await file('der2_cRefset_LanguageSnapshot-en', language, (n) => [
    [`u${n}`, time, '1', core, '900000000000509007', `${2_000_000_001 + n * 10}`, '900000000000548007'],
  ]);
}

/** @param {(name: string, header: string[], rows: (n: number) => string[][]) => Promise<void>} file @param {number} branch */
async function writeLinks(file, branch) {
  const link = ['sourceId', 'destinationId', 'relationshipGroup', 'typeId', 'characteristicTypeId', 'modifierId'];
  await file('sct2_Relationship_Snapshot', link, (n) => {
    const end = ['900000000000011006', '900000000000451002'];
    const rows = parentsOf(n, branch).map((to, i) => [
      `${4_000_000_000 + n * 10 + i}`,
      time,
      '1',
      core,
      conceptId(n),
      conceptId(to),
      '0',
      '116680003',
      ...end,
    ]);
    const site = [
      `${4_000_000_009 + n * 10}`,
      time,
      '1',
      core,
      conceptId(n),
      conceptId(1 + (n % 1000)),
      '1',
      '363698007',
      ...end,
    ];
    return [...rows, site];
  });
}

/** @param {string} path @param {string[]} header @param {number[]} numbers @param {(n: number) => string[][]} rows */
async function write(path, header, numbers, rows) {
  function* lines() {
    let batch = `${header.join('\t')}\r\n`;
    for (const n of numbers) {
      for (const row of rows(n)) batch += `${row.join('\t')}\r\n`;
      if (batch.length < 100_000) continue;
      yield batch;
      batch = '';
    }
    yield batch;
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
}
