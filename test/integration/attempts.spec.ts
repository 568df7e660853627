// Pages that an attempt finds, and those that it leaves to the statement that always tells (docs/adr/0110). Never by time.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { ResourceRepository } from '../../src/fhir/storage/resource.repository.js';
import { parseCriterion } from '../../src/r4/search/query/parse-criterion.js';
import type { SearchPlace, SearchRequest } from '../../src/r4/search/query/search-request.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { WithoutConsents } from '../../src/fhir/storage/consent/without-consents.js';
import { attemptStatement } from '../../src/fhir/storage/searching/attempts/attempt.js';
import { Pages } from '../../src/fhir/storage/searching/attempts/pages.js';
import type { SearchPage } from '../../src/fhir/storage/searching/search-page.js';
import { pageOf } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { runGenericPlan } from '../support/generic-plan.js';
import { base, Caller, openStorage, readsOf, type Storage, system } from './storage.fixture.js';

const r4 = new SearchParameters();
const offer = new SearchOffer(r4);
for (const type of ['Observation', 'Patient'])
  offer.add(...[...r4.forType(type).values()].filter(({ expression }) => expression));
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };

const patients = 260;
const popular = '1900-01-01';
const codesOf = (n: number) => ['of-all', ...(n % 2 === 0 ? ['of-half'] : []), ...(n < 2 ? ['of-few'] : [])];
const idOf = (n: number) => `p${String(n).padStart(3, '0')}`;

const patientOf = (n: number): JsonObject => ({
  resourceType: 'Patient',
  gender: n % 2 === 0 ? 'female' : 'male',
  name: [{ family: `Family${n % 3}` }],
  birthDate: n < 210 ? popular : n === 230 ? '1950-01' : n === 231 ? '1950' : `1950-01-0${1 + (n % 9)}`,
});

/** One in five has no date. */
const dateOf = (n: number): string | undefined =>
  n % 5 === 0 ? undefined : new Date(Date.UTC(2020, 0, 1 + ((n * 7) % 250))).toISOString().slice(0, 10);

const observationOf = (subject: string, code: string, performer?: string): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  ...(/^p\d{3}$/.test(subject) && { effectiveDateTime: dateOf(Number(subject.slice(1))) }),
  subject: { reference: `Patient/${subject}` },
  code: { coding: [{ system: 'http://loinc.org', code }] },
  ...(performer && { performer: [{ reference: `Patient/${performer}` }] }),
});

let storage: Storage;
let resources: ResourceRepository;
beforeAll(async () => {
  storage = await openStorage();
  const numbers = Array.from({ length: patients }, (_, n) => n);
  await storage.resources.write([
    ...numbers.map((n) => system.create(patientOf(n), idOf(n))),
    ...numbers.flatMap((n) =>
      codesOf(n).map((code, i) => system.create(observationOf(idOf(n), code), `o${idOf(n)}-${i}`)),
    ),
  ]);
});
// What failed before is forgotten.
beforeEach(() => {
  const { resources: made } = storage;
  resources = made.on((made as unknown as { session: never }).session);
});
afterAll(() => storage.close());

type Named = readonly (readonly [name: string, value: string])[];
const has = (code: string) => ['_has:Observation:patient:code', code] as const;

const targetsOf = (named: Named, caller: Caller, type: string) => [
  {
    access: caller.to(type, 's'),
    criteria: named.map(([name, value]) => parseCriterion(type, name, value, settings)),
  },
];

/** Ids of a page, and how many statements found it. */
async function findPage(named: Named, request: Partial<SearchRequest> = {}, caller: Caller = system, type = 'Patient') {
  let ids: readonly string[] = [];
  let hasNext = false;
  let edges: SearchPage['edges'];
  const statements = await readsOf(async () => {
    const page = await resources.search(
      targetsOf(named, caller, type),
      { count: 10, anyOrder: true, ...request },
      caller.searching,
    );
    ids = page.rows.map(({ id }) => id);
    ({ hasNext, edges } = page);
  });
  return { found: { ids, hasNext, statements: statements.length }, edges };
}

const find = async (...asked: Parameters<typeof findPage>) => (await findPage(...asked)).found;

const all = Array.from({ length: patients }, (_, n) => idOf(n));

describe('a birth date', () => {
  it.each([
    ['of few patients', [['birthdate', '1950-01-03']], 1],
    [
      'and a name',
      [
        ['birthdate', '1950-01-03'],
        ['family', 'family1'],
      ],
      1,
    ],
    ['that is a month', [['birthdate', '1950-01']], 1],
    ['one of several', [['birthdate', '1950-01-03,1950-01-04']], 1],
    ['that nobody has', [['birthdate', '1977-07-07']], 1],
    [
      'that too many patients have',
      [
        ['birthdate', popular],
        ['family', 'family2'],
      ],
      3,
    ],
    ['that is a year', [['birthdate', '1950']], 1],
  ] as const)('%s finds what PostgreSQL finds without an index', async (_what, named, statements) => {
    const found = await find(named, { count: 100 });
    const values = new Map<string, string>(named as Named);
    const expected = all.filter((id) => {
      const { birthDate, name } = patientOf(Number(id.slice(1))) as unknown as {
        birthDate: string;
        name: [{ family: string }];
      };
      const isBorn = values
        .get('birthdate')!
        .split(',')
        .some((one) => birthDate.startsWith(one));
      return isBorn && name[0].family.toLowerCase().startsWith(values.get('family') ?? '');
    });
    expect(found).toEqual({ ids: expected.slice(0, 100), hasNext: expected.length > 100, statements });
  });

  it.each([
    ['by ge and le', ['ge1950-01-03', 'le1950-01-04'], ['1950-01-03', '1950-01-04', '1950-01', '1950'], 1],
    ['by gt and lt', ['gt1950-01-03', 'lt1950-01-05'], ['1950-01-04', '1950-01', '1950'], 1],
    ['by sa and eb', ['sa1950-01-03', 'eb1950-01-05'], ['1950-01-04'], 1],
    [
      'by bounds of which one is wide',
      ['ge1950-01-03', 'lt1950-01-04', 'lt1960'],
      ['1950-01-03', '1950-01', '1950'],
      1,
    ],
    ['that nobody has', ['ge1977-07-07', 'le1977-07-09'], [], 1],
    ['that exclude each other', ['ge1950-01-04', 'lt1950-01-03'], ['1950-01', '1950'], 1],
    ['that too many patients have', ['ge1899-12-31', 'le1900-01-02'], [popular], 2],
    ['a year apart', ['ge1950-01-03', 'le1951-01-02'], undefined, 1],
  ] as const)(
    'between two %s finds what PostgreSQL finds without an index',
    async (_what, bounds, dates, statements) => {
      const named = bounds.map((bound) => ['birthdate', bound] as const);
      const expected = all.filter((id) => {
        const { birthDate } = patientOf(Number(id.slice(1))) as { birthDate: string };
        return dates
          ? (dates as readonly string[]).includes(birthDate)
          : birthDate >= '1950-01-03' || birthDate.length < 10;
      });
      const found = await find(named, { count: 100 });
      expect(found).toEqual({ ids: expected.slice(0, 100), hasNext: expected.length > 100, statements });
      const female = await find([...named, ['gender', 'female']], { count: 100 });
      expect(female.ids).toEqual(expected.filter((id) => Number(id.slice(1)) % 2 === 0).slice(0, 100));
      const page = await find(named, { count: 3, after: ['p215'] });
      expect(page.ids).toEqual(expected.filter((id) => id > 'p215').slice(0, 3));
    },
  );

  it('that too many patients have is not tried a second time', async () => {
    const named = [
      ['birthdate', popular],
      ['family', 'family2'],
    ] as const;
    // By the date, by the name, and by the statement that always tells.
    expect((await find(named)).statements).toBe(3);
    expect((await find(named)).statements).toBe(1);
    expect((await find([['birthdate', '1950-01-03']])).statements).toBe(1);
  });

  it('is found page after page, forward and backward', async () => {
    const named = [['birthdate', '1950-01']] as const;
    const whole = (await find(named, { count: 100 })).ids;
    const pages = [await find(named, { count: 9 }), await find(named, { count: 9, after: [whole[8]!] })];
    expect(pages.flatMap(({ ids }) => ids)).toEqual(whole.slice(0, 18));
    expect((await find(named, { count: 9, before: [whole[18]!] })).ids).toEqual(whole.slice(9, 18));
  });
});

describe('_has', () => {
  it('of a value that many have fills the page with the first patients', async () => {
    expect(await find([has('of-all')])).toEqual({ ids: all.slice(0, 10), hasNext: true, statements: 1 });
    const half = all.filter((_, n) => n % 2 === 0);
    expect(await find([has('of-half')])).toEqual({ ids: half.slice(0, 10), hasNext: true, statements: 1 });
    const both = [has('of-all'), ['gender', 'male']] as const;
    expect(await find(both)).toMatchObject({ ids: all.filter((_, n) => n % 2 === 1).slice(0, 10), statements: 1 });
  });

  it('goes on after a page, and before one', async () => {
    expect(await find([has('of-all')], { after: [idOf(99)] })).toMatchObject({
      ids: all.slice(100, 110),
      statements: 1,
    });
    expect(await find([has('of-all')], { before: [idOf(100)] })).toMatchObject({
      ids: all.slice(90, 100),
      statements: 1,
    });
    expect(await find([has('of-all')], { after: [idOf(254)] })).toMatchObject({ ids: all.slice(255), hasNext: false });
    expect((await find([has('of-all')])).statements).toBe(1);
  });

  it('of a value that few have is found from there, and tried once', async () => {
    expect(await find([has('of-few')])).toEqual({ ids: all.slice(0, 2), hasNext: false, statements: 2 });
    expect(await find([has('of-few')])).toEqual({ ids: all.slice(0, 2), hasNext: false, statements: 1 });
  });

  it('of a value that few have is found by a statement that is planned once', async () => {
    await find([has('of-few')]);
    const texts = await readsOf(async () => {
      const targets = targetsOf([has('of-few')], system, 'Patient');
      await resources.search(targets, { count: 10, anyOrder: true }, system.searching);
    });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('r.id = ANY (ARRAY(SELECT substr(entry');
    const [, others] = new Pages(new WithoutConsents()).attempts({
      targets: targetsOf([has('of-few')], system, 'Patient'),
      page: pageOf(targetsOf([has('of-few')], system, 'Patient'), { count: 10, anyOrder: true }, new SortSlots()),
      accessTo: system.searching,
    });
    await storage.dataSource.query('ANALYZE resource_patient, resource_observation');
    const { whole, rows } = await runGenericPlan(storage.dataSource, attemptStatement(others!));
    expect(others!.statement.isPlannedOnce).toBe(true);
    expect(whole).toEqual([]);
    // Two Observations for the condition that they are few, two for what they refer to, and two Patients.
    expect(rows).toBeLessThanOrEqual(6);
  });

  it('of a value that few have is found beside others, page after page', async () => {
    await find([has('of-few')]);
    expect(await find([has('of-few'), ['gender', 'female']])).toMatchObject({ ids: [idOf(0)] });
    expect(await find([has('of-few')], { count: 1 })).toEqual({ ids: [idOf(0)], hasNext: true, statements: 1 });
    const after = await find([has('of-few')], { count: 1, after: [idOf(0)] });
    expect(after.ids).toEqual([idOf(1)]);
    expect((await find([has('of-few')], { count: 1, before: [idOf(1)] })).ids).toEqual([idOf(0)]);
  });

  it('by other references is found from what few have', async () => {
    const focus = { focus: [{ reference: 'Patient/p101' }, { reference: 'Group/p102' }] };
    await storage.write(system.create({ ...observationOf('p100', 'seldom'), ...focus }, 'o-focus'));
    const found = await find([['_has:Observation:focus:code', 'seldom']]);
    expect(found).toEqual({ ids: [idOf(101)], hasNext: false, statements: 1 });
    const many = await find([['_has:Observation:focus:code', 'of-all']]);
    expect(many).toEqual({ ids: [], hasNext: false, statements: 2 });
    await storage.write(system.delete('Observation', 'o-focus'));
    expect((await find([['_has:Observation:focus:code', 'seldom']])).ids).toEqual([]);
  });

  it('of two codes is found by rows that have both', async () => {
    const both = [['_has:Observation:patient:combo-code', 'of-few'], has('of-half')] as const;
    expect((await find(both)).ids).toEqual([idOf(0)]);
  });

  it('finds a patient by what is in several records', async () => {
    await storage.write(system.create(patientOf(0), 'a'));
    await storage.write(system.create(observationOf('a', 'of-all', 'p001'), 'several'));
    expect(await find([has('of-all')])).toMatchObject({ ids: ['a', ...all.slice(0, 9)], statements: 1 });
    await storage.write(system.delete('Observation', 'several'));
    expect(await find([has('of-all')])).toMatchObject({ ids: all.slice(0, 10), statements: 1 });
  });

  it('looks at two hundred rows of a patient, and tells of the last one', async () => {
    await storage.write(system.create(patientOf(0), 'aa'));
    const changes = Array.from({ length: 199 }, (_, n) => system.create(observationOf('aa', 'other'), `aa${n}`));
    await storage.resources.write([...changes, system.create(observationOf('aa', 'of-all'), 'aa~')]);
    expect(await find([has('of-all')])).toMatchObject({ ids: ['aa', ...all.slice(0, 9)], statements: 1 });
    await storage.write(system.create(observationOf('aa', 'other'), 'aa00'));
    expect(await find([has('of-all')])).toMatchObject({ ids: ['aa', ...all.slice(0, 9)], statements: 3 });
    await storage.resources.write([system.delete('Patient', 'aa')]);
  });

  it('finds a patient by the last of very many rows', async () => {
    await storage.write(system.create(patientOf(0), 'b'));
    const changes = Array.from({ length: 300 }, (_, n) => system.create(observationOf('b', 'other'), `b${n}`));
    await storage.resources.write([...changes, system.create(observationOf('b', 'of-all'), 'b~')].slice(0, 301));
    expect(await find([has('of-all')])).toMatchObject({ ids: ['b', ...all.slice(0, 9)], statements: 3 });
    await storage.write(system.delete('Observation', 'b~'));
  });

  it('sees nothing that the caller may not search', async () => {
    const caller = new Caller('system/Patient.rs system/Observation.rs?code=of-few');
    const found = await find([has('of-all')], { count: 1 }, caller);
    expect(found.ids).toEqual([]);
    const others = new Caller('system/Patient.rs system/Observation.rs?code=of-all');
    for (let n = 0; n < 2; n++) expect((await find([has('of-few')], {}, others)).ids).toEqual([]);
  });
});

describe('a chain to patients', () => {
  const chained = (name: string, value: string, request: Partial<SearchRequest> = {}, caller: Caller = system) =>
    find([[`patient.${name}`, value]], request, caller, 'Observation');
  /** In the order of patients, and of each in the order of ids. */
  const rowsOf = (numbers: readonly number[]) =>
    numbers.flatMap((n) =>
      codesOf(n).map((_code, i) => ({ place: [idOf(n), `o${idOf(n)}-${i}`], id: `o${idOf(n)}-${i}` })),
    );
  const everybody = Array.from({ length: patients }, (_, n) => n);
  const women = rowsOf(everybody.filter((n) => n % 2 === 0));
  const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
  // What other tests have stored comes before.
  const from = { after: [idOf(0), ''] };

  it('of a value that many have fills the page with rows of the first ones', async () => {
    expect(await chained('gender', 'female', from)).toEqual({
      ids: ids(women.slice(0, 10)),
      hasNext: true,
      statements: 1,
    });
    const men = rowsOf(everybody.filter((n) => n % 2 === 1));
    expect(await chained('gender', 'male', from)).toMatchObject({ ids: ids(men.slice(0, 10)), statements: 1 });
  });

  it('goes on after a page, and before one', async () => {
    const [last, next] = [women[9]!, women[31]!];
    expect(await chained('gender', 'female', { after: last.place })).toMatchObject({
      ids: ids(women.slice(10, 20)),
      statements: 1,
    });
    expect(await chained('gender', 'female', { before: next.place })).toMatchObject({
      ids: ids(women.slice(21, 31)),
      statements: 1,
    });
    const end = women.length - 3;
    expect(await chained('gender', 'female', { after: women[end - 1]!.place })).toEqual({
      ids: ids(women.slice(end)),
      hasNext: false,
      statements: 2,
    });
  });

  it('of a value that none of the first ones has is found from there, and tried once', async () => {
    await storage.write(system.create({ ...patientOf(0), gender: 'other' }, 'zz'));
    await storage.write(system.create(observationOf('zz', 'of-all'), 'ozz'));
    expect(await chained('gender', 'other')).toEqual({ ids: ['ozz'], hasNext: false, statements: 2 });
    expect(await chained('gender', 'other')).toEqual({ ids: ['ozz'], hasNext: false, statements: 1 });
    await storage.resources.write([system.delete('Observation', 'ozz'), system.delete('Patient', 'zz')]);
  });

  it('of an identifier or a name is not tried', async () => {
    expect((await chained('family', 'family1')).statements).toBe(1);
    expect((await chained('identifier', 'https://example.org|x')).statements).toBe(1);
  });

  it('leads to no patient that the caller may not search', async () => {
    const caller = new Caller('system/Observation.rs system/Patient.rs?gender=male');
    expect(await chained('gender', 'female', from, caller)).toMatchObject({ ids: [] });
  });
});

describe('a chain in an order of its own', () => {
  const rows = Array.from({ length: patients }, (_, n) => n).flatMap((n) =>
    codesOf(n).map((_code, i) => ({ id: `o${idOf(n)}-${i}`, date: dateOf(n), isOfWoman: n % 2 === 0 })),
  );
  const compare = (a = '', b = ''): number => (a < b ? -1 : Number(a > b));
  const byId = rows.toSorted((a, b) => compare(a.id, b.id));
  /** Rows without a date come last, in either direction. */
  const dated = byId.toSorted((a, b) => compare(a.date ?? '9', b.date ?? '9'));
  const newest = byId.toReversed().toSorted((a, b) => compare(b.date, a.date));
  const named = [
    ['patient.gender', 'female'],
    ['code', 'of-all,of-half,of-few'],
  ] as const;

  it.each([
    ['newest first', [{ by: 'date', descending: true }], newest],
    ['oldest first', [{ by: 'date', descending: false }], dated],
    ['last ids first', [{ by: '_id', descending: true }], byId.toReversed()],
  ] as const)('finds its pages with the first rows, forward and back: %s', async (_what, sort, sorted) => {
    const women = sorted.filter(({ isOfWoman }) => isOfWoman).map(({ id }) => id);
    const pages: Awaited<ReturnType<typeof findPage>>[] = [];
    for (let after: SearchPlace | undefined; pages.length < 60;) {
      const page = await findPage(named, { sort, ...(after && { after }) }, system, 'Observation');
      pages.push(page);
      if (!page.found.hasNext) break;
      after = page.edges!.last;
    }
    expect(pages.flatMap(({ found }) => found.ids)).toEqual(women);
    expect(pages.slice(0, 5).map(({ found }) => found.statements)).toEqual([1, 1, 1, 1, 1]);
    const before = pages[6]!.edges!.first;
    expect(await find(named, { sort, before }, system, 'Observation')).toMatchObject({
      ids: women.slice(50, 60),
      statements: 1,
    });
  });

  it('of a value that none of the first rows has is found from there, and tried once', async () => {
    await storage.write(system.create({ ...patientOf(0), gender: 'other' }, 'yy'));
    await storage.write(system.create(observationOf('yy', 'of-all'), 'oyy'));
    const sort = [{ by: 'date', descending: true }];
    const other = () => find([['patient.gender', 'other']], { sort }, system, 'Observation');
    expect(await other()).toEqual({ ids: ['oyy'], hasNext: false, statements: 2 });
    expect(await other()).toEqual({ ids: ['oyy'], hasNext: false, statements: 1 });
    await storage.resources.write([system.delete('Observation', 'oyy'), system.delete('Patient', 'yy')]);
  });

  it('leads to no patient that the caller may not search', async () => {
    const caller = new Caller('system/Observation.rs system/Patient.rs?gender=male');
    const sort = [{ by: 'date', descending: true }];
    expect(await find(named, { sort }, caller, 'Observation')).toMatchObject({ ids: [] });
  });

  it('is not tried beside another one, whose rows would be collected twice', async () => {
    const both = [...named, ['performer:Patient.gender', 'female']] as const;
    const sort = [{ by: 'date', descending: true }];
    expect(await find(both, { sort }, system, 'Observation')).toEqual({ ids: [], hasNext: false, statements: 1 });
    expect((await find(both, {}, system, 'Observation')).statements).toBe(1);
  });
});
