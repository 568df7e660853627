// Searches of the usual shapes are planned once for each connection, whatever their values are (docs/adr/0102). Never by time.
import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { parseCondition } from '../../src/r4/search/query/condition.js';
import { parseCriterion } from '../../src/r4/search/query/parse-criterion.js';
import type { Following, SearchRequest } from '../../src/r4/search/query/search-request.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { countStatement, pageOf, searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { WithoutConsents } from '../../src/fhir/storage/consent/without-consents.js';
import { attemptStatement } from '../../src/fhir/storage/searching/attempts/attempt.js';
import { Pages } from '../../src/fhir/storage/searching/attempts/pages.js';
import { statementAhead } from '../../src/fhir/storage/searching/attempts/read-ahead.js';
import { includeStatement } from '../../src/fhir/storage/searching/include-statement.js';
import { parseInclude } from '../../src/r4/search/links/parse-include.js';
import { linkCodes, type Lookup } from '../../src/r4/search/links/include-lookups.js';
import { soleStatement } from '../../src/fhir/storage/writing/statements/condition-statements.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';
import { boundOnce, explainPrepared, runGenericPlan } from '../support/generic-plan.js';
import { base, type Caller, openStorage, patient, type Storage, system } from './storage.fixture.js';

const r4 = new SearchParameters();
const offer = new SearchOffer(r4);
for (const type of ['Observation', 'Patient', 'Encounter', 'Group'])
  offer.add(...[...r4.forType(type).values()].filter(({ expression }) => expression));
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };

const patients = 400;
const observationsOfPatient = 25;
const count = 20;
const loinc = 'http://loinc.org';

const patientOf = (n: number): JsonObject => ({
  resourceType: 'Patient',
  active: true,
  identifier: [{ system: 'urn:ids', value: `i${n}` }],
  name: [{ family: `Family${n}` }],
  birthDate: birthDateOf(n),
});

/** More than half of all have one. */
const birthDateOf = (n: number): string =>
  n >= 150 ? '1900-01-01' : new Date(Date.UTC(1950, 0, 1) + (n % 50) * 86_400_000).toISOString().slice(0, 10);

/** Codes: half of all are `often`, one in 2000 `seldom`. */
const visitOf = (n: number): number => Math.floor(n / patients);

const observationOf = (n: number): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  subject: { reference: `Patient/p${n % patients}` },
  code: {
    coding: [{ system: loinc, code: n % 2000 === 7 ? 'seldom' : visitOf(n) % 2 === 0 ? 'often' : `c${n % 40}` }],
  },
  effectiveDateTime: new Date(Date.UTC(2000, 0, 1) + ((n * 7919) % 7000) * 86_400_000).toISOString(),
  valueQuantity: { value: n % 200, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
});

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  await storage.dataSource.query('ALTER TABLE resource_observation SET (autovacuum_enabled = false)');
  await storage.dataSource.query('ALTER TABLE resource_patient SET (autovacuum_enabled = false)');
  await planWhileEmpty();
  const changes = [
    ...Array.from({ length: patients }, (_, n) => system.create(patientOf(n), `p${n}`)),
    ...Array.from({ length: patients * observationsOfPatient }, (_, n) => system.create(observationOf(n), `o${n}`)),
  ];
  for (let at = 0; at < changes.length; at += 2000) await storage.resources.write(changes.slice(at, at + 2000));
  await storage.dataSource.query(analyse);
});
afterAll(async () => {
  await early.release();
  await storage.close();
});

const analyse = 'ANALYZE resource_patient, resource_observation';

type Named = readonly (readonly [name: string, value: string])[];
type Query = readonly [type: string, named: Named, request?: Partial<SearchRequest>];

const criteriaOf = ([type, named]: Query) => named.map(([name, value]) => parseCriterion(type, name, value, settings));
const targetsOf = (query: Query, caller: Caller) => [{ access: caller.to(query[0], 's'), criteria: criteriaOf(query) }];
const requestOf = ([, , request]: Query): SearchRequest => ({ count, anyOrder: true, ...request });

function statementOf(query: Query, caller = system) {
  const targets = targetsOf(query, caller);
  const page = pageOf(targets, requestOf(query), new SortSlots());
  const [attempt] = new Pages(new WithoutConsents()).attempts({ targets, page, accessTo: caller.searching });
  return attempt ? attemptStatement(attempt) : searchStatement(targets, page, caller.searching);
}

const newest = { sort: [{ by: 'date', descending: true }] };
const in2010 = `${BigInt(Date.UTC(2010, 0, 1)) * 1000n}`;
const code = (one: string) => ['code', `${loinc}|${one}`] as const;

/** With the rows that one search may look at: of the patient, or a page, and once more for its content. */
const shapes: readonly (readonly [what: string, (n: number) => Query, most: number])[] = [
  ['_id', (n) => ['Patient', [['_id', `p${n}`]]], 2],
  ['several ids', (n) => ['Patient', [['_id', `p${n},p${n + 1},p${n + 2}`]]], 6],
  ['an identifier', (n) => ['Patient', [['identifier', `urn:ids|i${n}`]]], 2],
  ['an identifier of any system', (n) => ['Patient', [['identifier', `i${n}`]]], 2],
  ['a patient', (n) => ['Observation', [['patient', `p${n}`]]], 46],
  ["a patient's newest", (n) => ['Observation', [['patient', `p${n}`]], newest], 46],
  ['a patient and a code', (n) => ['Observation', [['patient', `p${n}`], code('often')]], 25],
  [
    'a patient and a code of any system',
    (n) => [
      'Observation',
      [
        ['patient', `p${n}`],
        ['code', 'often'],
      ],
    ],
    25,
  ],
  [
    'a patient and two codes',
    (n) => [
      'Observation',
      [
        ['patient', `p${n}`],
        ['code', `often,c${n % 40}`],
      ],
    ],
    25,
  ],
  [
    'a patient and what all rows have',
    (n) => [
      'Observation',
      [
        ['patient', `p${n}`],
        ['status', 'final'],
      ],
    ],
    25,
  ],
  [
    'a patient, a code and dates',
    (n) => ['Observation', [['patient', `p${n}`], code('often'), ['date', 'ge2005']]],
    25,
  ],
  ['two patients and a code', (n) => ['Observation', [['patient', `p${n},p${n + 1}`], code('often')]], 50],
  [
    'a patient and not a code',
    (n) => [
      'Observation',
      [
        ['patient', `p${n}`],
        ['code:not', 'seldom'],
      ],
    ],
    25,
  ],
  ['a code', (n) => ['Observation', [code(n % 2 ? 'often' : `c${n % 40}`)]], 21],
  ['a rare code', () => ['Observation', [code('seldom')]], 5],
  ['a code, newest first', (n) => ['Observation', [code(n % 2 ? 'often' : 'c3')], newest], 42],
  [
    'several codes, newest first',
    (n) => ['Observation', [['code', `c1,c3,${n % 2 ? 'often' : 'seldom'}`]], newest],
    90,
  ],
  [
    'a code and a quantity',
    (n) => ['Observation', [code(n % 2 ? 'often' : 'c3'), ['value-quantity', 'gt100||kg']]],
    150,
  ],
  [
    'a code and dates, newest first',
    (n) => ['Observation', [code(n % 2 ? 'often' : 'c3'), ['date', 'ge2003'], ['date', 'lt2011']], newest],
    50,
  ],
  [
    'dates, newest first',
    () => [
      'Observation',
      [
        ['date', 'ge2005'],
        ['date', 'lt2006'],
      ],
      newest,
    ],
    63,
  ],
  ['a code, after a place', () => ['Observation', [code('often')], { ...newest, after: [in2010, 'o5'] }], 42],
  [
    'a family and a birth date',
    (n) => [
      'Patient',
      [
        ['family', `Family${n}`],
        ['birthdate', birthDateOf(n)],
      ],
    ],
    9,
  ],
  [
    'a name, a birth date and what all rows have',
    (n) => [
      'Patient',
      [
        ['name', `Family${n}`],
        ['active', 'true'],
        ['birthdate', birthDateOf(n)],
      ],
    ],
    9,
  ],
  ['those born in a month', () => ['Patient', [['birthdate', '1950-02']]], 2 * 3 * 28],
  ['what something of a frequent code refers to', () => ['Patient', [['_has:Observation:patient:code', 'often']]], 70],
  ['all rows', () => ['Observation', []], 21],
  ['all rows, after a place', (n) => ['Observation', [], { after: [`o${n}`] }], 21],
  ['all rows, newest first', () => ['Observation', [], newest], 42],
  ['all rows, newest first, after a place', () => ['Observation', [], { ...newest, after: [in2010, 'o5'] }], 42],
  ['all rows, oldest first', () => ['Observation', [], { sort: [{ by: 'date', descending: false }] }], 42],
  ['the last that were stored', () => ['Observation', [], { sort: [{ by: '_lastUpdated', descending: true }] }], 21],
  ['patients by name', () => ['Patient', [], { sort: [{ by: 'name', descending: false }] }], 42],
  ['a chain to a patient', (n) => ['Observation', [['patient.identifier', `urn:ids|i${n}`]]], 50],
];

const boundOf = (query: Query) => boundOnce(statementOf(query));

/** Runs the plan for any values with some, as a connection that has prepared the statement does. */
async function runGeneric(query: Query, caller = system) {
  return {
    isPlannedOnce: statementOf(query, caller).isPlannedOnce,
    ...(await runGenericPlan(storage.dataSource, statementOf(query, caller))),
  };
}

const search = (query: Query, caller = system) =>
  storage.resources.search(targetsOf(query, caller), requestOf(query), caller.searching);

/** A connection that has made its plans before there was a row. */
let early: QueryRunner;
async function planWhileEmpty(): Promise<void> {
  early = storage.dataSource.createQueryRunner();
  for (const [i, [, query]] of shapes.entries()) {
    await early.query(`PREPARE early${i} AS ${boundOf(query(1)).text}`);
    for (let n = 0; n < 8; n++) await explainPrepared(early, `early${i}`, boundOf(query(n)).values);
  }
}

/** Of the connection that answers: the pool hands out the one that was used last. */
const prepared = () =>
  storage.dataSource.query<{ generic: number; custom: number; statement: string }[]>(`
    SELECT statement, generic_plans::integer AS generic, custom_plans::integer AS custom FROM pg_prepared_statements
    WHERE name LIKE 'lanyard-%' AND (statement LIKE '%(SELECT $1::integer)%' OR statement LIKE '%LIMIT 21%')`);

describe('the plan for any values', () => {
  it.each(shapes)(
    'of %s looks at no more than the answer takes, however frequent a value is',
    async (_what, query, most) => {
      for (const n of [7, 8]) {
        const found = await runGeneric(query(n));
        expect(found).toMatchObject({ isPlannedOnce: true, whole: [] });
        expect(found.rows).toBeLessThanOrEqual(most);
        expect(found.collected).toBeLessThanOrEqual(2 * observationsOfPatient);
      }
    },
  );

  it.each(shapes.map(([what], i) => [what, i] as const))(
    'of %s is no longer the one of an empty table',
    async (_what, i) => {
      const [, query, most] = shapes[i]!;
      const found = await explainPrepared(early, `early${i}`, boundOf(query(7)).values);
      expect(found.whole).toEqual([]);
      expect(found.rows).toBeLessThanOrEqual(most);
    },
  );

  it('of who sees one record looks at the rows of the patient asked for', async () => {
    const found = await runGeneric(['Observation', [['patient', 'p7'], code('often')]], patient('p7'));
    expect(found).toMatchObject({ isPlannedOnce: true, whole: [] });
    expect(found.rows).toBeLessThanOrEqual(25);
  });

  it.each([
    ['all rows', ['Observation', []]],
    ['all rows, newest first', ['Observation', [], newest]],
    ['a code', ['Observation', [code('often')]]],
    [
      'a status and dates',
      [
        'Observation',
        [
          ['status', 'final'],
          ['date', 'ge2005'],
        ],
      ],
    ],
  ] as const)('of who sees one record looks at its rows, asked for %s', async (_what, query) => {
    const found = await runGeneric(query, patient('p7'));
    expect(found).toMatchObject({ isPlannedOnce: true, whole: [] });
    // Places of an order are found before their rows are read.
    expect(found.rows).toBeLessThanOrEqual(observationsOfPatient + count + 1);
  });

  it('of who sees one record looks at its rows, of a type without an index patient by patient', async () => {
    const found = await runGeneric(['Patient', [['active', 'true']]], patient('p7'));
    expect(found).toMatchObject({ isPlannedOnce: true, whole: [], rows: 2 });
  });
});

describe('the count of few rows', () => {
  it.each([
    ['a patient and a code', system, ['Observation', [['patient', 'p7'], code('often')]]],
    ['a code, for who sees one record', patient('p7'), ['Observation', [code('often')]]],
  ] as const)('of %s is planned once, and looks at no others', async (_what, caller, query) => {
    const statement = countStatement(targetsOf(query, caller), caller.searching);
    const found = await runGenericPlan(storage.dataSource, statement);
    expect({ isPlannedOnce: statement.isPlannedOnce, whole: found.whole }).toEqual({ isPlannedOnce: true, whole: [] });
    expect(found.rows).toBeLessThanOrEqual(observationsOfPatient);
    await expect(storage.resources.count(targetsOf(query, caller), caller.searching)).resolves.toBe(10);
  });

  it('of many rows is planned by its values', () => {
    expect(
      countStatement(targetsOf(['Observation', [code('often')]], system), system.searching).isPlannedOnce,
    ).toBeUndefined();
  });
});

describe('the condition of a write outside of transactions', () => {
  const conditionOf = (text: string, caller = system, type = 'Patient') =>
    soleStatement(
      {
        condition: parseCondition(type, new URLSearchParams(text), { ...settings, searchValues: 1000 }),
        access: caller.to(type, 's'),
        most: 2,
        onlyReads: false,
      },
      caller.searching,
    );

  it.each([
    ['identifier=urn:ids|i7', 2],
    ['identifier=i7', 2],
    ['identifier=urn:ids|i7&active=true', 2],
    ['_id=p7&family=Family7', 2],
  ])('%s is planned once, and looks at no more than matches', async (text, most) => {
    const statement = conditionOf(text)!;
    expect(statement.isPlannedOnce).toBe(true);
    const found = await runGenericPlan(storage.dataSource, statement);
    expect(found.whole).toEqual([]);
    expect(found.rows).toBeLessThanOrEqual(most);
  });

  it('of which no index leads to few rows, or whose rows others tell of, is planned by its values', () => {
    expect(conditionOf('family=Family7')).toBeUndefined();
    expect(conditionOf('_has:Observation:patient:code=often&identifier=i7')).toBeUndefined();
  });
});

describe('a level of includes', () => {
  const manyTypes = ['Account', 'Appointment', 'Basic', 'CarePlan', 'CareTeam', 'Claim', 'Condition', 'Flag', 'Goal'];
  const lookup = { ids: new Set(['p7', 'p8']), entries: new Set<string>(), referrers: [] };
  const level = (lookups: ReadonlyMap<string, Lookup>, caller = system) =>
    includeStatement({ lookups, known: new Map(), most: 11, codes: [] }, caller.searching);

  it.each([
    ['whoever sees all', system, 2],
    ['who sees one record', patient('p7'), 2],
  ])('by ids is planned once for %s, and looks at these rows', async (_who, caller, most) => {
    const statement = level(new Map([['Patient', lookup]]), caller);
    const found = await runGenericPlan(storage.dataSource, statement);
    expect(statement.isPlannedOnce).toBe(true);
    expect(found.whole).toEqual([]);
    expect(found.rows).toBeLessThanOrEqual(most);
  });

  it.each([
    ['whoever sees all', system, []],
    ['who sees one record', patient('p7'), []],
    ['whoever sees all, beside rows by ids', system, ['o1', 'o2']],
  ])('by what refers is planned once for %s, and looks at these rows', async (_who, caller, ids) => {
    const referrers = [{ codes: ['subject', 'performer'], targets: ['Patient/p7', 'Patient/p8'] }];
    const statement = level(new Map([['Observation', { ...lookup, ids: new Set(ids), referrers }]]), caller);
    const found = await runGenericPlan(storage.dataSource, statement);
    expect(statement.isPlannedOnce).toBe(true);
    expect(found.whole).toEqual([]);
    expect(found.rows).toBeLessThanOrEqual(2 * observationsOfPatient + ids.length);
  });

  it('of more types than are worth a plan is planned by its values', () => {
    const referrers = [{ codes: ['subject'], targets: ['Patient/p7'] }];
    const lookups = new Map(manyTypes.map((type) => [type, { ...lookup, ids: new Set<string>(), referrers }]));
    expect(level(lookups).isPlannedOnce).toBeUndefined();
    expect(level(new Map([...lookups].slice(1))).isPlannedOnce).toBe(true);
  });
});

describe('a page with what it leads to', () => {
  const following = (name: string, value: string, root: string): Following => ({
    includes: [parseInclude({ name, value, roots: [root] }, settings)],
    codes: [],
    most: 11,
  });
  const subjects = following('_include', 'Observation:subject', 'Observation');
  const referring = following('_revinclude', 'Observation:subject', 'Patient');
  const ahead = (query: Query, caller: Caller) => {
    const [type] = query;
    const [led, asked] = type === 'Patient' ? ['Observation', referring] : ['Patient', subjects];
    const targets = targetsOf(query, caller);
    const page = pageOf(targets, { ...requestOf(query), linkCodes: linkCodes(asked.includes) }, new SortSlots());
    const alone = searchStatement(targets, page, caller.searching);
    return statementAhead(alone, page, { ...asked, type, accesses: [caller.to(led, 's')] }, 1_000_000);
  };

  it.each([
    ['a patient', system, ['Observation', [['patient', 'p7']]], 47],
    ['a patient, for who sees one record', patient('p7'), ['Observation', [['patient', 'p7']]], 47],
    ['a code', system, ['Observation', [code('often')]], 21 + 21],
    ['ids, with what refers to them', system, ['Patient', [['_id', 'p7,p8']]], 4 + 2 * observationsOfPatient],
    ['an id, with what refers to it, for who sees one record', patient('p7'), ['Patient', [['_id', 'p7']]], 27],
    ['an identifier, with what refers to it', system, ['Patient', [['identifier', 'urn:ids|i7']]], 27],
  ] as const)('of %s is planned once, and looks at their rows', async (_what, caller, query, most) => {
    const statement = ahead(query, caller)!;
    expect(statement.isPlannedOnce).toBe(true);
    const found = await runGenericPlan(storage.dataSource, statement);
    expect(found.whole).toEqual([]);
    expect(found.rows).toBeLessThanOrEqual(most);
  });

  it('is two statements where the page is planned by its values', () => {
    expect(ahead(['Observation', [code('often'), ['status', 'final']]], system)).toBeUndefined();
  });

  it('is planned for five values, and then for all, however often it is asked', async () => {
    // The first two have no name.
    for (let n = 0; n < 42; n++) {
      const query: Query = ['Patient', [['_id', `p${n}`]], { bytes: 1_000_000, following: referring }];
      const { rows, included } = await search(query);
      expect([rows.length, included?.rows.length]).toEqual([1, 11]);
    }
    const after = (await prepared()).filter(({ statement }) => statement.includes('sought'));
    expect(after).toMatchObject([{ custom: 5 }]);
    expect(after[0]!.generic).toBeGreaterThanOrEqual(35);
  });
});

describe('a connection', () => {
  it('plans each shape for five values, and then for all, however often it is asked', async () => {
    // The first two have no name.
    for (const [, query] of shapes) for (let n = 0; n < 42; n++) await search(query(n));
    const after = await prepared();
    // Shapes of one text are one.
    expect(after.length).toBeGreaterThanOrEqual(shapes.length - 4);
    for (const { custom, generic } of after) expect([custom, generic >= 35]).toEqual([5, true]);
  });
});

describe('a search', () => {
  it('that another index might serve better is planned by its values', () => {
    const others: readonly Query[] = [
      ['Observation', [code('often'), ['status', 'final']]],
      ['Observation', [code('often'), ['date', 'ge2005']]],
      ['Observation', [code('often'), ['performer', 'Practitioner/x']]],
      [
        'Observation',
        [
          ['patient', 'p1'],
          ['encounter.status', 'planned'],
        ],
      ],
      ['Patient', [['name', 'a']]],
      ['Patient', [['gender', 'female']]],
      ['Patient', [['birthdate', '1950']]],
      ['Patient', [['birthdate', 'ge1950-01-01']]],
      ['Patient', [['_has:Observation:focus:date', 'ge2005']]],
    ];
    for (const query of others) expect(statementOf(query).isPlannedOnce, JSON.stringify(query)).toBeUndefined();
  });

  it('planned once finds what one planned by its values finds', async () => {
    for (const [what, query] of shapes)
      for (const n of [1, 7, 8]) {
        const { text, values } = statementOf(query(n));
        const bound = bindTenant(text, values);
        const rows = await storage.dataSource.query<{ id: string }[]>(bound.text, [...bound.values]);
        const found = await search(query(n));
        expect(rows.length, what).toBeGreaterThan(0);
        expect(found.rows.map(({ id }) => id)).toEqual(rows.slice(0, count).map(({ id }) => id));
      }
  });
});
