import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  anybody,
  anObservation,
  aPatient,
  criterion,
  openStorage,
  readsOf,
  statementsOf,
  type Storage,
  system,
  user,
} from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  await storage.resources.write([
    ...['p1', 'p2'].map((id) => system.create(aPatient(), id)),
    system.create(anObservation('Patient/p1'), 'of-p1'),
  ]);
});
afterAll(() => storage.close());

const read = (id = 'p1') => storage.resources.find(user.to('Patient', 'r'), id);
const search = () =>
  storage.resources.search([{ access: user.to('Observation', 's'), criteria: [] }], { count: 10 }, user.searching);
const count = () => storage.resources.count([{ access: user.to('Observation', 's'), criteria: [] }], user.searching);
const judged = (texts: readonly string[]) => texts.filter((text) => text.includes('lanyard_consent_denies'));

describe('the conditions of Consents', () => {
  it('are left out while no Consent denies anything, on the condition that none does', async () => {
    for (const work of [read, search, count]) {
      const [only, ...others] = await readsOf(work);
      expect([only?.includes('FROM consent_rule'), judged([only ?? '']).length, others.length]).toEqual([true, 0, 0]);
    }
  });

  it('are not asked for where nothing is found either: one statement, however little it finds', async () => {
    const criteria = [criterion('Observation', 'status', 'cancelled')];
    const target = { access: user.to('Observation', 's'), criteria };
    const empty = [
      async () => expect((await storage.resources.search([target], { count: 10 }, user.searching)).rows).toEqual([]),
      async () => expect(await storage.resources.count([target], user.searching)).toBe(0),
      async () => expect(await read('p3')).toBeUndefined(),
    ];
    for (const work of empty) {
      const texts = await readsOf(work);
      expect([texts.length, judged(texts).length]).toEqual([1, 0]);
    }
  });

  it('count from the moment that a Consent is stored, whatever was found before', async () => {
    expect([(await read())?.versionId, (await search()).rows.length, await count()]).toEqual([1, 1, 1]);
    await storage.dataSource.query(
      `INSERT INTO consent_rule (tenant, consent, node, patient, denies, uncertain, path) VALUES (1, 'c', 0, 'Patient/p1', true, false, '{}')`,
    );
    expect(await count()).toBe(0);
    expect(await read()).toBeUndefined();
    expect((await search()).rows).toEqual([]);
    expect(await read('p2')).toMatchObject({ versionId: 1 });
    const texts = await readsOf(() => read('p2'));
    expect([texts.length, judged(texts).length]).toEqual([1, 1]);
    await storage.dataSource.query(`DELETE FROM consent_rule`);
    expect([(await read())?.versionId, (await search()).rows.length, await count()]).toEqual([1, 1, 1]);
  });
});

describe('a prepared statement', () => {
  it('is read again where a pooler lost it, alone and within a transaction', async () => {
    const one = await openStorage();
    await one.write(system.create(aPatient(), 'p1'));
    const access = system.to('Patient', 'r');
    expect(await one.resources.find(access, 'p1')).toBeDefined();
    await one.dataSource.query('DEALLOCATE ALL');
    const found = await one.resources.transaction(anybody, (tx) => tx.find(access, 'p1'));
    expect(found).toMatchObject({ versionId: 1 });
    await one.dataSource.query('DEALLOCATE ALL');
    const texts = await statementsOf(async () => expect(await one.resources.find(access, 'p1')).toBeDefined());
    expect(texts).toHaveLength(1);
    await one.close();
  });
});
