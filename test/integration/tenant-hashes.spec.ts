// Hashes of a tenant are its own: indexes that tenants share find no row of another (docs/adr/0183)
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asTenant } from '../../src/database/tenant.js';
import { storedHashes } from '../../src/fhir/storage/indexing/stored-hashes.js';
import { parseCriterion } from '../../src/r4/search/query/parse-criterion.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { anObservation, aPatient, base, openStorage, type Storage, system } from './storage.fixture.js';

const tenants = [1, 2, 3];
const r4 = new SearchParameters();
const offer = new SearchOffer(r4);
for (const type of ['Patient', 'Observation'])
  offer.add(...[...r4.forType(type).values()].filter(({ expression }) => expression !== undefined));
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };

let storage: Storage;
const inEach = <T>(work: () => Promise<T>): Promise<T[]> =>
  Promise.all(tenants.map((tenant) => asTenant({ tenant, name: `t${tenant}` }, work)));

beforeAll(async () => {
  storage = await openStorage();
  await storage.dataSource.query(
    `INSERT INTO search_definition (tenant, generation, revision, settled, form)
     SELECT t, generation, revision, settled, form FROM search_definition, unnest($1::integer[]) AS t WHERE tenant = 1 AND t <> 1`,
    [tenants],
  );
  await inEach(async () => {
    for (const family of ['Aal', 'Beel']) await storage.write(system.update(aPatient(family), 'p1'));
    for (const category of ['laboratory', 'vital-signs'])
      await storage.write(system.update(anObservation('Patient/p1', category), 'o1'));
  });
});
afterAll(() => storage.close());

describe('rows of three tenants with the same resources', () => {
  it.each(['resource', 'resource_history'])('have no hash of each other in %s', async (table) => {
    const [found] = await storage.dataSource.query<{ hashed: number; shared: number }[]>(
      `SELECT count(*) FILTER (WHERE cardinality(one.tok) > 3)::integer AS hashed,
        count(*) FILTER (WHERE EXISTS (SELECT FROM ${table} AS other WHERE other.tenant <> one.tenant AND other.tok && one.tok))::integer AS shared
       FROM ${table} AS one`,
    );
    expect(found).toEqual({ hashed: 6, shared: 0 });
  });

  it.each([
    ['Observation', 'code', 'http://loinc.org|8867-4'],
    ['Observation', 'code', '8867-4'],
    ['Observation', 'category', 'vital-signs'],
    ['Observation', 'subject', 'Patient/p1'],
    ['Observation', 'subject:Patient.family', 'beel'],
    ['Observation', 'combo-code', 'http://loinc.org|'],
    ['Patient', 'family', 'Beel'],
    ['Patient', '_has:Observation:subject:code', '8867-4'],
  ])('are found by their own tenant, and once: %s?%s=%s', async (type, name, value) => {
    const found = await inEach(async () => {
      const targets = [{ access: system.to(type, 's'), criteria: [parseCriterion(type, name, value, settings)] }];
      const { rows } = await storage.resources.search(targets, { count: 10 }, system.searching);
      return rows.map(({ id }) => id);
    });
    expect(found).toEqual(tenants.map(() => [type === 'Patient' ? 'p1' : 'o1']));
  });
});

describe('the hash of an entry', () => {
  it('is made in SQL as it is made in JavaScript, another for each tenant', async () => {
    const entries = fc.sample(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
      100,
    );
    const made = new Set<string>();
    for (const tenant of [1, 2, 3, 10_000, 2 ** 31 - 1]) {
      const rows = await storage.dataSource.query<{ hash: string }[]>(
        `SELECT lanyard_hash($1, entry) AS hash FROM unnest($2::text[]) WITH ORDINALITY AS e (entry, n) ORDER BY n`,
        [tenant, entries],
      );
      const hashes = asTenant({ tenant, name: '' }, () => storedHashes(entries));
      expect(rows.map(({ hash }) => hash)).toEqual(hashes);
      for (const one of hashes) made.add(one);
    }
    expect(made.size).toBe(5 * new Set(entries).size);
  });
});
