import type { Update } from '../../src/fhir/storage/writing/change.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import {
  anybody,
  aPatient,
  anObservation,
  openStorage,
  patient,
  statementsOf,
  type Storage,
  system,
  typeOf,
} from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  // Asked of a database once.
  await storage.write(system.create(aPatient(), 'first'));
});
afterAll(() => storage.close());

const subject = { reference: 'Patient/p1' };
const samples: readonly JsonObject[] = [
  anObservation('Patient/p1'),
  { resourceType: 'Condition', subject },
  { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' }, subject },
  { resourceType: 'Immunization', status: 'completed', patient: subject },
  { resourceType: 'Communication', status: 'completed', subject },
];
const sample = (i: number): JsonObject => samples[i % samples.length]!;

describe('the number of statements', () => {
  it('is one for a single create', async () => {
    expect(await statementsOf(() => storage.write(system.create(aPatient(), 'p1')))).toHaveLength(1);
  });

  it('is at most 15 for 50 creates', async () => {
    const changes = Array.from({ length: 50 }, (_, i) => system.create(sample(i), `c${i}`));
    const statements = await statementsOf(() => storage.resources.write(changes));
    expect(statements.length).toBeLessThanOrEqual(15);
  });

  it.each([
    ['without limits', system],
    ['limited to one patient', patient('p1')],
  ])('is at most 15 for 50 mixed entries of 5 types, %s', async (name, caller) => {
    const id = (i: number) => `${name.replaceAll(' ', '-')}-${i}`;
    await storage.resources.write(Array.from({ length: 30 }, (_, i) => system.create(sample(i), id(i))));
    const changes = Array.from({ length: 50 }, (_, i) => {
      if (i < 15) return caller.update(sample(i), id(i));
      return i < 30 ? caller.delete(typeOf(sample(i)), id(i)) : caller.create(sample(i), id(i));
    });
    const statements = await statementsOf(() => storage.resources.write(changes));
    expect(statements.length).toBeLessThanOrEqual(15);
    expect(statements.length).toBeGreaterThan(5);
  });

  it('is at most 15 for 50 documents of one patient that point at Binaries', async () => {
    const securityContext = subject;
    const caller = patient('p1');
    const binaries = Array.from({ length: 50 }, (_, i) =>
      system.create({ resourceType: 'Binary', contentType: 'text/plain', securityContext }, `file-${i}`),
    );
    await storage.resources.write(binaries);
    const document = (i: number): JsonObject => ({
      resourceType: 'DocumentReference',
      status: 'current',
      subject,
      content: [{ attachment: { url: `Binary/file-${i}` } }],
    });
    const changes = Array.from({ length: 50 }, (_, i) => caller.create(document(i), `document-${i}`));
    const statements = await statementsOf(() => storage.resources.write(changes));
    expect(statements.length).toBeLessThanOrEqual(15);
  });

  it('is one for a search, a read, a version and a history', async () => {
    const reader = patient('p1');
    const access = reader.to('Observation', 'r');
    expect(await statementsOf(() => storage.resources.find(access, 'c0'))).toHaveLength(1);
    expect(await statementsOf(() => storage.resources.findVersion(access, 'c0', '1'))).toHaveLength(1);
    const page = { count: 5, newestFirst: true };
    expect(await statementsOf(() => storage.resources.history(access, 'c0', page))).toHaveLength(1);
    const target = { access: reader.to('Observation', 's'), criteria: [] };
    const search = () => storage.resources.search([target], { count: 5 }, reader.searching);
    expect(await statementsOf(search)).toHaveLength(1);
  });
});

describe('a transaction', () => {
  it('holds locks of the partitions it touches, not of all', async () => {
    await storage.resources.transaction(anybody, async (tx) => {
      await tx.write([system.update(aPatient(), 'p1'), system.create(anObservation('Patient/p1'), 'locks')]);
      const locks = await storage.dataSource.query<{ relation: string }[]>(
        `SELECT relation::regclass::text AS relation FROM pg_locks WHERE locktype = 'relation'
          AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      const relations = locks.map(({ relation }) => relation);
      expect(relations).toContain('resource_patient');
      expect(relations).not.toContain('resource_claim');
      expect(new Set(relations).size).toBeLessThan(30);
    });
  });
});

describe('large writes', () => {
  it('take 5,000 changes, and 5,000 more of the same resources', async () => {
    const changes = Array.from({ length: 5000 }, (_, i) => system.update(sample(i), `many-${i}`) as Update);
    expect(await storage.resources.write(changes)).toHaveLength(5000);
    const changed = changes.map((change) => ({ ...change, resource: { ...change.resource, language: 'is' } }));
    const again = await storage.resources.write(changed);
    expect(again.every(({ versionId, created }) => versionId === 2 && !created)).toBe(true);
    const [{ count }] = await storage.dataSource.query<[{ count: number }]>(
      `SELECT count(*)::integer AS count FROM resource_history WHERE id LIKE 'many-%'`,
    );
    expect(count).toBe(5000);
  });

  it('take a resource of 5 MB unchanged, and several in one write', async () => {
    const data = 'Zm9v"\\'.repeat(900_000);
    const big = (n: number): JsonObject => ({ resourceType: 'DocumentReference', status: 'current', n, data });
    const written = await storage.resources.write([1, 2, 3].map((n) => system.create(big(n), `big-${n}`)));
    const found = await storage.resources.find(system.to('DocumentReference', 'r'), 'big-2');
    expect(found!.body.length).toBeGreaterThan(5_000_000);
    expect(found!.body).toBe(written[1]!.body);
    expect((JSON.parse(found!.body) as { data: string }).data).toBe(data);
  });
});
