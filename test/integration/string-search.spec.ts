// A string is found by the hash of its start; what stands in the row confirms it
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SearchOrder } from '../../src/fhir/storage/searching/search-order.js';
import { searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { criterion, openStorage, type Storage, system } from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';

const families = 20_000;
let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  const name = `substr(md5(n::text), 1, 12)`;
  const hashOf = (length: number) => `lanyard_token(E'family\\x1f^' || substr(${name}, 1, ${length}))`;
  await storage.dataSource.query(
    `INSERT INTO resource SELECT 1, 'Patient', 'p' || n, 1, now(), false, 'PUT', '{}', '{}',
      ARRAY[${hashOf(3)}, ${hashOf(6)}], ARRAY[E'family\\x1f' || ${name} || E'\\x1f' || ${name}],
      '{}', '{}', '{}', '{}', '{}' FROM generate_series(1, ${families}) AS n`,
  );
  await storage.dataSource.query('ANALYZE resource_patient');
});
afterAll(() => storage.close());

const statement = (text: string) =>
  searchStatement(
    [{ access: system.to('Patient', 's'), criteria: [criterion('Patient', 'family', text)] }],
    { order: new SearchOrder(['Patient'], { count: 100 }, new SortSlots()), count: 100 },
    system.searching,
  );

async function find(text: string): Promise<readonly string[]> {
  const target = { access: system.to('Patient', 's'), criteria: [criterion('Patient', 'family', text)] };
  const { rows } = await storage.resources.search([target], { count: 100 }, system.searching);
  return rows.map(({ id }) => id);
}

describe('a search for strings', () => {
  // md5 of 7 begins with 8f14e45fceea.
  it.each(['8f14e45fceea', '8F14E45', '8f14'])('finds %s by the index', async (text) => {
    const sent = statement(text);
    const { text: sql, values } = bindTenant(sent.text, sent.values);
    const lines = await storage.dataSource.query<Record<string, string>[]>(`EXPLAIN ${sql}`, [...values]);
    const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Bitmap Index Scan on resource_patient_tok_idx/);
    expect(plan).not.toMatch(/Seq Scan/);
    expect(await find(text)).toContain('p7');
  });

  it('does not believe a hash', async () => {
    const forge = `UPDATE resource SET tok = tok || lanyard_token(E'family\\x1f^8f14e4') WHERE id = 'p8'`;
    await storage.dataSource.query(forge);
    expect(await find('8f14e4')).toEqual(['p7']);
  });

  it('finds what is shorter than any hash too', async () => {
    expect((await find('8f')).length).toBeGreaterThan(20);
  });
});
