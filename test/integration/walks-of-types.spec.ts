// Pages of all rows of several types, and of their versions, are planned once for each connection (docs/adr/0102). Never by time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeSystem } from '../../src/fhir/interactions/search/whole-system.js';
import { historyStatement } from '../../src/fhir/storage/reading/history-statement.js';
import { pageOf, searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import type { Statement } from '../../src/fhir/storage/session/statement.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';
import { parseDateInterval } from '../../src/r4/search/values/date-interval.js';
import type { HistoryRequest } from '../../src/r4/search/query/history-request.js';
import type { SearchRequest } from '../../src/r4/search/query/search-request.js';
import { runGenericPlan } from '../support/generic-plan.js';
import { anObservation, aPatient, Caller, openStorage, patient, type Storage, system } from './storage.fixture.js';

const resources = 300;
const count = 20;

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  const ids = Array.from({ length: resources }, (_, n) => n);
  for (const family of ['Aal', 'Bee']) {
    await storage.resources.write(ids.map((n) => system.update(aPatient(family), `p${n}`)));
    await storage.resources.write(ids.map((n) => system.update(anObservation(`Patient/p${n}`, family), `o${n}`)));
  }
  await storage.dataSource.query('ANALYZE resource, resource_history');
});
afterAll(() => storage.close());

const searchOf = (types: readonly string[], request: Partial<SearchRequest> = {}, caller: Caller = system) => {
  const targets = types.map((type) => ({ access: caller.to(type, 's'), criteria: [] }));
  return searchStatement(targets, pageOf(targets, { count, ...request }, new SortSlots()), caller.searching);
};

const historyOf = (types: readonly string[], request: Partial<HistoryRequest> = {}, caller: Caller = system) =>
  historyStatement(
    types.map((type) => caller.to(type, 's')),
    { count, newestFirst: true, ...request },
  );

const day = parseDateInterval('2020-01-01', 'UTC')!;
const since = day.low;
const place = { lastUpdated: '2100-01-01T00:00:00.000Z', type: 'Patient', id: 'p5', versionId: 1 };

/** Of two types with rows, of each a page and the row that tells whether another follows; then the content of the page. */
const ofSearch = 3 * (count + 1);
/** The same of current and of superseded versions; of each row of the page it is looked whether a deletion came before. */
const ofHistory = 2 * 2 * (count + 1) + 2 * (count + 1);

const shapes: readonly (readonly [what: string, statement: () => Statement, most: number])[] = [
  ['all resources', () => searchOf(wholeSystem), ofSearch],
  ['all resources, after a place', () => searchOf(wholeSystem, { after: ['Observation', 'o7'] }), 2 * ofSearch],
  ['all resources, before a place', () => searchOf(wholeSystem, { before: ['Patient', 'p7'] }), 2 * ofSearch],
  ['two types', () => searchOf(['Observation', 'Patient']), ofSearch],
  [
    'all resources, last stored first',
    () => searchOf(wholeSystem, { sort: [{ by: '_lastUpdated', descending: true }] }),
    ofSearch,
  ],
  ['all versions', () => historyOf(wholeSystem), ofHistory],
  ['all versions, oldest first', () => historyOf(wholeSystem, { newestFirst: false }), ofHistory],
  ['all versions, after a place', () => historyOf(wholeSystem, { after: place }), ofHistory],
  ['all versions since a time', () => historyOf(wholeSystem, { since }), ofHistory],
  ['the versions of a type', () => historyOf(['Patient']), 4 * (count + 1)],
];

describe('the plan for any values', () => {
  it.each(shapes)('of %s looks at no more than the page takes of each type', async (_what, statement, most) => {
    const found = await runGenericPlan(storage.dataSource, statement());
    expect(statement().isPlannedOnce).toBe(true);
    expect(found.whole).toEqual([]);
    expect(found.rows).toBeLessThanOrEqual(most);
  });
});

describe('one statement for any values', () => {
  const connection = () =>
    storage.dataSource.query<{ generic: number; custom: number }[]>(`
      SELECT generic_plans::integer AS generic, custom_plans::integer AS custom FROM pg_prepared_statements
      WHERE name LIKE 'lanyard-%' AND statement LIKE '%wanted%' AND statement LIKE '%LIMIT ${count + 1}%'`);

  it('finds as many rows as one that is planned for its values', async () => {
    for (const [what, statement] of shapes) {
      const { text, values } = statement();
      const bound = bindTenant(text, values);
      expect(await storage.dataSource.query(bound.text, [...bound.values]), what).toHaveLength(count + 1);
    }
  });

  it('is planned for five values, and then for all, however often it is asked', async () => {
    const accesses = wholeSystem.map((type) => system.to(type, 's'));
    // The first two have no name.
    for (let n = 0; n < 22; n++) {
      await storage.resources.historyOfTypes(accesses, { count, newestFirst: true });
      await storage.resources.search(
        accesses.map((access) => ({ access, criteria: [] })),
        { count },
        system.searching,
      );
    }
    expect(await connection()).toEqual([
      { custom: 5, generic: 15 },
      { custom: 5, generic: 15 },
    ]);
  });
});

describe('a page of several types', () => {
  it.each([[['Group', 'Observation']], [['Observation', 'Group']]])(
    'judges each by its own grants: %j',
    async (types) => {
      const caller = new Caller('user/Group.rs patient/Observation.rs', { patient: 'p7' });
      const accesses = types.map((type) => caller.to(type, 's'));
      const targets = accesses.map((access) => ({ access, criteria: [] }));
      const found = await storage.resources.search(targets, { count }, caller.searching);
      expect(found.rows.map(({ id }) => id)).toEqual(['o7']);
      const { rows } = await storage.resources.historyOfTypes(accesses, { count, newestFirst: true });
      expect(rows.map(({ id, versionId }) => [id, versionId])).toEqual([
        ['o7', 2],
        ['o7', 1],
      ]);
    },
  );

  it('is planned by its values where not all rows are shown, or rows are passed over', () => {
    const one = patient('p7');
    for (const statement of [
      searchOf(['Observation', 'Patient'], {}, one),
      historyOf(['Observation', 'Patient'], {}, one),
      historyOf(wholeSystem, { at: day }),
    ])
      expect(statement.isPlannedOnce).toBeUndefined();
  });
});
