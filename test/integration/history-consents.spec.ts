// Histories and versions under Consents (docs/adr/0028): their conditions are sent once some Consent denies something.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HistoryRequest } from '../../src/r4/search/query/history-request.js';
import { aConsent } from '../support/consents.js';
import { aPatient, openStorage, readsOf, type Storage, system, user } from './storage.fixture.js';

const request: HistoryRequest = { count: 10, newestFirst: true };
const patients = ['denying', 'other'];

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  for (const id of patients) {
    await storage.write(system.create(aPatient(`${id}-1`), id));
    await storage.write(system.update(aPatient(`${id}-2`), id));
  }
});
afterAll(() => storage.close());

const read = user.to('Patient', 'r');
const ofInstance = (id: string) => storage.resources.history(read, id, request);
const ofType = () => storage.resources.historyOfTypes([user.to('Patient', 's')], request);
const version = (id: string) => storage.resources.findVersion(read, id, '1');

/** Whether each statement that reads resources judges Consents. */
const judging = async (work: () => Promise<unknown>): Promise<readonly boolean[]> =>
  (await readsOf(work)).map((text) => text.includes('lanyard_consent_denies'));

it('are read by one statement that judges none while no Consent denies anything', async () => {
  for (const work of [ofType, () => ofInstance('denying'), () => version('denying')])
    expect(await judging(work)).toEqual([false]);
  expect((await ofType()).rows).toHaveLength(4);
  expect((await ofInstance('denying')).rows.map(({ versionId }) => versionId)).toEqual([2, 1]);
  expect((await version('denying'))?.body).toContain('denying-1');
});

it('that the caller might not see all of are not counted', async () => {
  expect(await ofInstance('denying')).not.toHaveProperty('total');
  expect(await storage.resources.history(system.to('Patient', 'r'), 'denying', request)).toHaveProperty('total', 2);
});

it('are empty where there are none', async () => {
  expect(await ofInstance('unknown')).toEqual({ rows: [], hasNext: false, hasPrevious: false });
  expect(await version('unknown')).toBeUndefined();
});

it('that a Consent withholds are not found from the first request on', async () => {
  await storage.write(system.create(aConsent('Patient/denying'), 'denies'));
  const asked = await judging(async () => expect(await ofInstance('denying')).toMatchObject({ rows: [] }));
  expect(asked).toEqual([false, true]);
  expect(await judging(async () => expect(await version('denying')).toBeUndefined())).toEqual([true]);
  expect((await ofType()).rows.map(({ id }) => id)).toEqual(['other', 'other']);
  expect((await version('other'))?.body).toContain('other-1');
});
