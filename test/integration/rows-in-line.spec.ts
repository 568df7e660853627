// docs/adr/0176-texts-of-patients-stay-in-line.md, docs/adr/0185-three-clinical-rows-fill-a-page.md
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aPatient, openStorage, type Storage, system } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

/** Base64 of so many characters that cannot be compressed. */
const data = (bytes: number): string => randomBytes((bytes * 3) / 4).toString('base64');

/** A resource whose row takes about so many bytes: nothing of what is binary is searched. */
const ofBytes = {
  patient: (bytes: number): JsonObject => ({
    ...aPatient(),
    photo: [{ contentType: 'image/png', data: data(bytes) }],
  }),
  observation: (bytes: number): JsonObject => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Wave' },
    extension: [{ url: 'https://lanyard.example/wave', valueBase64Binary: data(bytes) }],
  }),
};

/** Pieces of texts that are kept outside of the rows of a table. */
async function outOfLine(table: string): Promise<number> {
  const [{ name } = { name: '' }] = await storage.dataSource.query<{ name: string }[]>(
    `SELECT reltoastrelid::regclass::text AS name FROM pg_class WHERE oid = $1::regclass`,
    [table],
  );
  const [{ count } = { count: NaN }] = await storage.dataSource.query<{ count: number }[]>(
    `SELECT count(*)::integer AS count FROM ${name}`,
  );
  return count;
}

it.each([
  ['patient', { whole: 2500, beyond: 6000 }],
  ['observation', { whole: 1900, beyond: 3000 }],
] as const)(
  'a row of %s is whole up to what its table has room for, beyond that its text is elsewhere',
  async (type, bytes) => {
    const tables = [`resource_${type}`, `resource_history_${type}`];
    const pieces = async () => Promise.all(tables.map(outOfLine));
    const before = await pieces();
    for (let i = 0; i < 3; i++) await storage.write(system.update(ofBytes[type](bytes.whole), 'whole'));
    expect(await pieces()).toEqual(before);
    for (let i = 0; i < 3; i++) await storage.write(system.update(ofBytes[type](bytes.beyond), 'beyond'));
    const after = await pieces();
    expect(after.map((count, i) => count > before[i]!)).toEqual([true, true]);
  },
);
