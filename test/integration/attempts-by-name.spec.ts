// Pages of rows with a name that is spelled out: found by a statement that is planned once, or left to the one that always tells (docs/adr/0110).
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { parseCriterion } from '../../src/r4/search/query/parse-criterion.js';
import type { SearchRequest } from '../../src/r4/search/query/search-request.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { WithoutConsents } from '../../src/fhir/storage/consent/without-consents.js';
import type { ResourceRepository } from '../../src/fhir/storage/resource.repository.js';
import { attemptStatement } from '../../src/fhir/storage/searching/attempts/attempt.js';
import { Pages } from '../../src/fhir/storage/searching/attempts/pages.js';
import { pageOf } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { runGenericPlan } from '../support/generic-plan.js';
import { base, type Caller, openStorage, patient, readsOf, type Storage, system } from './storage.fixture.js';

const r4 = new SearchParameters();
const offer = new SearchOffer(r4);
offer.add(...[...r4.forType('Patient').values()].filter(({ expression }) => expression));
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };

const patients = 320;
const idOf = (n: number) => `p${String(n).padStart(3, '0')}`;
const ids = Array.from({ length: patients }, (_, n) => n);

/** Of the first 240 the families begin alike, so that they are too many; of the others 20 each. */
const familyOf = (n: number): string => (n < 240 ? `Everyone${n % 3}` : `Somebody${n % 4 === 0 ? '' : n % 4}`);

const patientOf = (n: number): JsonObject => ({
  resourceType: 'Patient',
  gender: n % 2 === 0 ? 'female' : 'male',
  name: [{ family: familyOf(n), given: [n % 5 === 0 ? 'Theodora' : 'Maximilian'] }],
});

let storage: Storage;
let resources: ResourceRepository;
beforeAll(async () => {
  storage = await openStorage();
  await storage.resources.write(ids.map((n) => system.create(patientOf(n), idOf(n))));
  await storage.dataSource.query('ANALYZE resource_patient');
});
// What failed before is forgotten.
beforeEach(() => {
  const { resources: made } = storage;
  resources = made.on((made as unknown as { session: never }).session);
});
afterAll(() => storage.close());

type Named = readonly (readonly [name: string, value: string])[];

const targetsOf = (named: Named, caller: Caller) => [
  {
    access: caller.to('Patient', 's'),
    criteria: named.map(([name, value]) => parseCriterion('Patient', name, value, settings)),
  },
];

async function find(named: Named, request: Partial<SearchRequest> = {}, caller: Caller = system) {
  let found: readonly string[] = [];
  const statements = await readsOf(async () => {
    const page = await resources.search(
      targetsOf(named, caller),
      { count: 100, anyOrder: true, ...request },
      caller.searching,
    );
    found = page.rows.map(({ id }) => id);
  });
  return { found, statements: statements.length };
}

const attemptOf = (named: Named, caller: Caller = system) => {
  const targets = targetsOf(named, caller);
  const page = pageOf(targets, { count: 20, anyOrder: true }, new SortSlots());
  const [attempt] = new Pages(new WithoutConsents()).attempts({ targets, page, accessTo: caller.searching });
  return attempt;
};

const those = (isOne: (n: number) => boolean) => ids.filter(isOne).map(idOf);
const isSomebody = (n: number) => n >= 240;

describe('a text that is spelled out', () => {
  it.each<[string, Named, (n: number) => boolean, number]>([
    ['of few rows', [['family', 'somebody']], isSomebody, 1],
    ['whose start is that of few', [['family', 'Somebody2']], (n) => isSomebody(n) && n % 4 === 2, 1],
    ['of any part of the name', [['name', 'SOMEBODY']], isSomebody, 1],
    ['that is whole', [['family:exact', 'Somebody']], (n) => isSomebody(n) && n % 4 === 0, 1],
    ['that is one of several', [['family', 'somebody1,nobody-here']], (n) => isSomebody(n) && n % 4 === 1, 1],
    [
      'and a gender',
      [
        ['family', 'somebody'],
        ['gender', 'male'],
      ],
      (n) => isSomebody(n) && n % 2 === 1,
      1,
    ],
    [
      'and another that few have with it',
      [
        ['given', 'theodora'],
        ['family', 'everyone1'],
      ],
      (n) => n < 240 && n % 5 === 0 && n % 3 === 1,
      1,
    ],
    [
      'and not one',
      [
        ['family', 'somebody'],
        ['gender:not', 'male'],
      ],
      (n) => isSomebody(n) && n % 2 === 0,
      1,
    ],
    ['that nobody has', [['family', 'nobody-here']], () => false, 1],
    ['that too many begin with', [['family', 'everyone2']], (n) => n < 240 && n % 3 === 2, 2],
    ['that is no start', [['family:contains', 'omebody3']], (n) => isSomebody(n) && n % 4 === 3, 1],
    ['that is short', [['family', 'some']], isSomebody, 1],
  ])('%s finds what matches', async (_what, named, isOne, statements) => {
    expect(await find(named)).toEqual({ found: those(isOne).slice(0, 100), statements });
  });

  it('that too many begin with is not tried a second time', async () => {
    expect((await find([['family', 'everyone2']])).statements).toBe(2);
    expect((await find([['family', 'everyone1']])).statements).toBe(1);
    expect((await find([['family', 'somebody']])).statements).toBe(1);
  });

  it('is found page after page, forward and backward', async () => {
    const named: Named = [['family', 'somebody']];
    const whole = those(isSomebody);
    const first = await find(named, { count: 9 });
    const second = await find(named, { count: 9, after: [whole[8]!] });
    expect([...first.found, ...second.found]).toEqual(whole.slice(0, 18));
    expect((await find(named, { count: 9, before: [whole[18]!] })).found).toEqual(whole.slice(9, 18));
  });

  it('shows who sees one record no other', async () => {
    const named: Named = [['family', 'somebody']];
    expect((await find(named, {}, patient('p241'))).found).toEqual(['p241']);
    expect((await find(named, {}, patient('p001'))).found).toEqual([]);
  });
});

describe('the plan for any values', () => {
  const attempts: readonly [string, Named][] = [
    ['few rows', [['family', 'somebody']]],
    ['too many rows', [['family', 'everyone']]],
    [
      'two texts',
      [
        ['given', 'theodora'],
        ['family', 'everyone'],
      ],
    ],
    ['several texts', [['name', 'somebody,everyone']]],
  ];

  it.each(attempts)('of %s looks at no more than are few, and again at those for the page', async (_what, named) => {
    const attempt = attemptOf(named)!;
    expect(attempt.statement.isPlannedOnce).toBe(true);
    const { whole, rows } = await runGenericPlan(storage.dataSource, attemptStatement(attempt));
    expect(whole).toEqual([]);
    expect(rows).toBeLessThanOrEqual(2 * 201);
  });

  it('is not asked for where a text is short or no start, or few rows are asked for anyway', () => {
    const others: readonly Named[] = [
      [['family', 'somed']],
      [['family', 'somebody,some']],
      [['family:contains', 'somebody']],
      [
        ['family', 'somebody'],
        ['_id', 'p241'],
      ],
      [['family', 'somebody']],
    ];
    const callers = [system, system, system, system, patient('p241')];
    for (const [i, named] of others.entries())
      expect(attemptOf(named, callers[i]), JSON.stringify(named)).toBeUndefined();
  });
});
