// docs/adr/0176-texts-of-patients-stay-in-line.md
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aPatient, openStorage, type Storage, system } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

/** A Patient whose row takes about so many bytes: nothing of a picture is searched or can be compressed. */
const ofBytes = (bytes: number): JsonObject => ({
  ...aPatient(),
  photo: [{ contentType: 'image/png', data: randomBytes((bytes * 3) / 4).toString('base64') }],
});

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

it.each(['resource_patient', 'resource_history_patient'])(
  'a row of 3 kB is whole in %s, and one of 6 kB has its text elsewhere',
  async (table) => {
    const before = await outOfLine(table);
    for (let i = 0; i < 3; i++) await storage.write(system.update(ofBytes(2500), `small-in-${table}`));
    expect(await outOfLine(table)).toBe(before);
    for (let i = 0; i < 3; i++) await storage.write(system.update(ofBytes(6000), `large-in-${table}`));
    expect(await outOfLine(table)).toBeGreaterThan(before);
  },
);
