// How searches are planned over rows with statistics: by index, and how many rows each of them looks at. Never by time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { findLookups } from '../../src/r4/search/links/include-lookups.js';
import { parseCriterion } from '../../src/r4/search/query/parse-criterion.js';
import { parseInclude } from '../../src/r4/search/links/parse-include.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import type { SearchPlace, SearchRequest, SortRule } from '../../src/r4/search/query/search-request.js';
import { includeStatement } from '../../src/fhir/storage/searching/include-statement.js';
import { SearchOrder } from '../../src/fhir/storage/searching/search-order.js';
import { searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import type { Statement } from '../../src/fhir/storage/session/statement.js';
import { AccessRules } from '../../src/scope/access-rules.js';
import { RequestContext } from '../../src/scope/request-context.js';
import { type AccessPolicy, constrain } from '../../src/scope/policies/policy.js';
import { nodesOf, type PlanNode, rowsLookedAt } from '../support/plan-nodes.js';
import { base, openStorage, type Storage, system } from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';

const r4 = new SearchParameters();
const offer = new SearchOffer(r4);
const heavy = [
  'Condition',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Immunization',
  'MedicationRequest',
  'Observation',
  'Patient',
  'Procedure',
];
for (const type of heavy) offer.add(...[...r4.forType(type).values()].filter(({ expression }) => expression));
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };

const patients = 2000;
const observationsOfPatient = 10;
const perPage = 20;

const principal = {
  issuer: 'https://idp.example',
  local: true,
  subject: 'caller',
  kind: 'user',
  scopes: ['user/*.rs'],
  userWithoutFhirUser: 'allow',
  expiresAt: 4_000_000_000,
  claims: {},
} as const;

const loinc = 'http://loinc.org';

const patientOf = (n: number): JsonObject => ({
  resourceType: 'Patient',
  active: true,
  gender: n % 2 ? 'female' : 'male',
  identifier: [{ system: 'urn:ids', value: `i${n}` }],
  name: [{ family: n % 500 === 0 ? 'Ypsilanti' : `Family${n}` }],
  birthDate: `19${10 + (n % 90)}-01-01`,
});

/** Codes: a tenth of them `often`, one in 2000 `seldom`. */
const observationOf = (n: number): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  subject: { reference: `Patient/p${n % patients}` },
  code: { coding: [{ system: loinc, code: n % 2000 === 7 ? 'seldom' : n % 10 === 0 ? 'often' : `c${n % 40}` }] },
  effectiveDateTime: new Date(Date.UTC(2000, 0, 1) + ((n * 7919) % 7000) * 86_400_000).toISOString(),
  valueQuantity: { value: n % 200, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
});

/** Before and after midnight of New Year, far more than a page. */
const ofNewYear = (n: number): JsonObject => ({
  ...observationOf(1),
  subject: { reference: `Patient/p${1000 + n}` },
  effectiveDateTime: new Date(Date.UTC(2010, 0, 1) + (n % 2 ? 1 : -1) * n * 60_000).toISOString(),
});

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  const changes = [
    ...Array.from({ length: patients }, (_, n) => system.create(patientOf(n), `p${n}`)),
    ...Array.from({ length: patients * observationsOfPatient }, (_, n) => system.create(observationOf(n), `o${n}`)),
    ...Array.from({ length: 400 }, (_, n) => system.create(ofNewYear(n + 1), `y${n}`)),
  ];
  for (let at = 0; at < changes.length; at += 2000) await storage.resources.write(changes.slice(at, at + 2000));
  await storage.dataSource.query('VACUUM (ANALYZE) resource');
});
afterAll(() => storage.close());

/** What was run: the nodes, the indexes, and how many rows of tables were looked at. */
async function run(statement: Statement, setting = '') {
  const { text, values } = bindTenant(statement.text, statement.values);
  const [{ 'QUERY PLAN': plans }] = await storage.dataSource.transaction(async (manager) => {
    if (setting !== '') await manager.query(`SET LOCAL ${setting}`);
    return manager.query<[{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }]>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
      [...values],
    );
  });
  const nodes = nodesOf(plans[0].Plan).filter((node) => node['Actual Loops'] > 0);
  const looked = nodes.filter((node) => node['Relation Name'] !== undefined);
  return {
    whole: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))].toSorted(),
    /** The most that an index gave before a row was looked at. */
    collected: Math.max(
      0,
      ...nodes.filter((node) => node['Node Type'] === 'Bitmap Index Scan').map((node) => node['Actual Rows']),
    ),
    /** How often an index was looked at for one condition. */
    looks: Math.max(
      0,
      ...nodes.filter((node) => node['Node Type'] === 'Bitmap Index Scan').map((node) => node['Actual Loops']),
    ),
    scans: looked.length,
    rows: Math.round(rowsLookedAt(looked)),
  };
}

type Named = readonly (readonly [name: string, value: string])[];

function statementOf(type: string, named: Named, request: Partial<SearchRequest> = {}): Statement {
  const criteria = named.map(([name, value]) => parseCriterion(type, name, value, settings));
  const order = new SearchOrder([type], { count: perPage, ...request }, new SortSlots());
  return searchStatement([{ access: system.to(type, 's'), criteria }], { order, count: perPage }, system.searching);
}

const tok = 'resource_observation_tok_idx';
const key = 'resource_observation_pkey';
const codeAndId = 'resource_observation_code_id';
const code = (one: string) => ['code', `${loinc}|${one}`] as const;

describe('a page', () => {
  it('of one patient and one code is found by hashes, in one look', async () => {
    const [typed, bare] = ['Patient/p10', 'p10'].map((id) =>
      statementOf('Observation', [['patient', id], code('often')]),
    );
    // An id alone is no more to confirm, nor to plan.
    expect(bare).toEqual(typed);
    const found = await run(typed!);
    expect(found).toMatchObject({ whole: [], indexes: [tok], scans: 1, rows: observationsOfPatient });
  });

  it.each([
    ['Observation', [code('seldom')], [codeAndId, tok], 10],
    ['Observation', [['code-value-quantity', `${loinc}|seldom$gt0`]], [codeAndId, tok], 10],
    ['Patient', [['identifier', 'urn:ids|i7']], ['resource_patient_pkey', 'resource_patient_tok_idx'], 2],
    ['Patient', [['name', 'ypsil']], ['resource_patient_pkey', 'resource_patient_tok_idx'], 8],
    ['Patient', [['name:contains', 'silan']], ['resource_patient_pkey', 'resource_patient_grams'], 8],
  ] as const)('of %s?%s looks at what it finds', async (type, named, indexes, rows) => {
    const found = await run(statementOf(type, named));
    expect(found.whole).toEqual([]);
    expect(indexes).toEqual(expect.arrayContaining(found.indexes));
    expect(found.rows).toBeLessThanOrEqual(rows);
  });

  it.each<readonly [string, Named]>([
    ['a code', [code('c3')]],
    ['a code and a quantity', [code('c3'), ['value-quantity', 'gt100||kg']]],
    ['a code and a token that all have', [code('c3'), ['status', 'final']]],
    ['a code and a date that half have', [code('c3'), ['date', 'ge2009-08']]],
    ['a frequent code and a quantity', [code('often'), ['value-quantity', 'gt100||kg']]],
    ['a composite of a code and a quantity', [['code-value-quantity', `${loinc}|c3$gt100`]]],
  ])('of %s looks at the rows of the code until the page is full', async (_what, named) => {
    const found = await run(statementOf('Observation', named));
    expect(found).toMatchObject({ whole: [], indexes: [codeAndId, tok], collected: 0 });
    expect(found.rows).toBeLessThanOrEqual(3 * (perPage + 1));
  });

  it('after another begins where that one ended', async () => {
    const found = await run(statementOf('Observation', [code('c3')], { after: ['o5'] }));
    expect(found).toMatchObject({ whole: [], indexes: [codeAndId, tok], rows: perPage + 1 });
  });

  it('of several codes looks at no more than a page of each', async () => {
    const found = await run(statementOf('Observation', [['code', 'c3,c5,seldom']]));
    expect(found).toMatchObject({ whole: [], indexes: [codeAndId, tok] });
    expect(found.rows).toBeLessThanOrEqual(3 * (perPage + 1));
  });

  it('of a code and a quantity that hardly any row has looks at the rows of the code, and no other', async () => {
    const found = await run(statementOf('Observation', [code('often'), ['value-quantity', 'gt195||kg']]));
    expect(found).toMatchObject({ whole: [], indexes: [codeAndId, tok] });
    expect(found.rows).toBeLessThanOrEqual((patients * observationsOfPatient) / 10);
  });

  it('of a code and a day takes the days of the code', async () => {
    const found = await run(statementOf('Observation', [code('c3'), ['date', '2010-03-01']]));
    expect(found.whole).toEqual([]);
    expect(found.rows).toBeLessThanOrEqual(perPage);
  });
});

describe('an order that has an index', () => {
  const byDate: readonly SortRule[] = [{ by: 'date', descending: true }];

  it.each<readonly [string, Named, SortRule, string]>([
    ['a code', [code('c3')], byDate[0]!, 'by_code'],
    ['a code and dates', [code('c3'), ['date', 'ge2010'], ['date', 'lt2011']], byDate[0]!, 'by_code'],
    ['a frequent code and dates', [code('often'), ['date', 'ge2010'], ['date', 'lt2011']], byDate[0]!, 'by_code'],
    [
      'several codes',
      [
        ['code', 'c3,c5,seldom'],
        ['date', 'lt2011'],
      ],
      byDate[0]!,
      'by_code',
    ],
    [
      'dates',
      [
        ['date', 'ge2010-02'],
        ['date', 'lt2011'],
      ],
      byDate[0]!,
      'by_date',
    ],
    [
      'dates, oldest first',
      [
        ['date', 'ge2010-02'],
        ['date', 'lt2011'],
      ],
      { by: 'date', descending: false },
      'from_date',
    ],
  ])('with %s is walked where the page is', async (_what, named, rule, index) => {
    const found = await run(statementOf('Observation', named, { sort: [rule] }));
    expect(found.whole).toEqual([]);
    expect(found.indexes).toContain(`resource_observation_${index}`);
    // Each is looked at, and looked at again for the page; each of several codes may have a page.
    expect(found.rows).toBeLessThanOrEqual(4 * (perPage + 1));
  });

  it.each([
    ['2009', true],
    ['le2009-12-31', true],
    ['lt2010', true],
    ['eb2010', true],
    ['sa2009-12-31', false],
    ['ge2010', false],
  ])('with date=%s starts where the dates begin that match, not a day before', async (value, descending) => {
    const found = await run(statementOf('Observation', [['date', value]], { sort: [{ by: 'date', descending }] }));
    const index = descending ? 'by_date' : 'from_date';
    expect(found.whole).toEqual([]);
    expect(found.indexes).toContain(`resource_observation_${index}`);
    // Each is looked at, and looked at again for the page; a few more at the very instant.
    expect(found.rows).toBeLessThanOrEqual(3 * perPage);
  });

  it('finds dates without an order by the index of dates', async () => {
    const found = await run(statementOf('Observation', [['date', '2010-03-01']]));
    expect(found.whole).toEqual([]);
    expect(found.indexes).toContain('resource_observation_by_date');
    expect(found.rows).toBeLessThan(100);
  });
  const micros = `${BigInt(Date.UTC(2010, 0, 1)) * 1000n}`;

  it.each<readonly [string, SortRule]>([
    ...heavy
      .filter((type) => type !== 'Patient')
      .map((type) => {
        const by = { Condition: 'recorded-date', MedicationRequest: 'authoredon' }[type] ?? 'date';
        return [type, { by, descending: true }] as const;
      }),
    ...heavy
      .filter((type) => type !== 'Patient')
      .map((type) => {
        const by = { Condition: 'recorded-date', MedicationRequest: 'authoredon' }[type] ?? 'date';
        return [type, { by, descending: false }] as const;
      }),
    ...['birthdate', 'family', 'name'].map((by) => ['Patient', { by, descending: false }] as const),
  ])('%s by %o is walked', async (type, rule) => {
    // An empty table would rather be read whole.
    const found = await run(statementOf(type, [], { sort: [rule] }), 'enable_seqscan = off');
    expect(found.whole).toEqual([]);
    const ofType =
      type === 'Patient' || rule.descending ? `by_${rule.by.replace('recorded-date', 'recorded')}` : 'from_date';
    expect(found.indexes).toContain(`resource_${type.toLowerCase()}_${ofType}`);
    expect(found.rows).toBeLessThanOrEqual(2 * (perPage + 1));
  });

  it.each<readonly [string, Pick<SearchRequest, 'after' | 'before'>]>([
    ['after a place in the middle', { after: [micros, 'o5'] }],
    ['before a place in the middle', { before: [micros, 'o5'] }],
    ['after the last with a value', { after: ['0', 'o5'] }],
    ['after one without a value', { after: [null, 'o5'] as SearchPlace }],
    ['before one without a value', { before: [null, 'o5'] as SearchPlace }],
  ])('starts %s, without the pages before', async (_where, place) => {
    const until = new Date(Date.now() + 5000).toISOString();
    const found = await run(statementOf('Observation', [], { sort: byDate, until, ...place }));
    expect(found.whole).toEqual([]);
    expect(found.indexes).toContain('resource_observation_by_date');
    expect(found.rows).toBeLessThanOrEqual(2 * (perPage + 1));
  });
});

describe('a list of many codes', () => {
  const among = (found: string): Named => {
    const codes = Array.from({ length: 2000 }, (_, n) => `${loinc}|none${n}`);
    return [['code', [...codes, `${loinc}|${found}`].join()]];
  };

  it('that few rows have is looked for some codes at a time', async () => {
    const found = await run(statementOf('Observation', among('seldom')));
    expect(found.whole).toEqual([]);
    expect(found.indexes).toContain(tok);
    // GIN compares all keys of one look with each other.
    expect(found.looks).toBeGreaterThanOrEqual(2000 / 50);
    expect(found.rows).toBeLessThan(10 * observationsOfPatient);
  });

  it('that many rows have walks the order after a look at some of them', async () => {
    const found = await run(statementOf('Observation', among('often')));
    expect(found.whole).toEqual([]);
    expect(found.rows).toBeLessThan(14_000);
    expect(found.indexes).toContain(key);
  });
});

describe('a chain', () => {
  it('that few satisfy starts at the other end', async () => {
    const found = await run(statementOf('Observation', [['patient.identifier', 'urn:ids|i7']]));
    expect(found.whole).toEqual([]);
    expect(found.indexes).toEqual(expect.arrayContaining([tok, 'resource_patient_tok_idx']));
    expect(found.rows).toBeLessThanOrEqual(1 + 3 * observationsOfPatient);
  });

  it.each([
    ['Observation', 'patient.active', 'true'],
    ['Patient', '_has:Observation:patient:code', `${loinc}|often`],
  ])('of %s?%s=%s that many satisfy walks the order after a look at some of them', async (type, name, value) => {
    const found = await run(statementOf(type, [[name, value]]));
    // No more than it takes to know that they are many; all of them would be ten times as many.
    expect(found.rows).toBeLessThan(14_000);
    // No index is read further than that either, however many rows a code has.
    if (type === 'Patient') expect(found.collected).toBeLessThanOrEqual(1001);
    expect(found.indexes).toContain(type === 'Patient' ? 'resource_patient_pkey' : key);
  });
});

describe('a policy with a chain', () => {
  const under = (expression: string) => {
    const policy: AccessPolicy = { name: 'chain', decide: () => constrain(expression, 'chain') };
    const access = new RequestContext(principal, new AccessRules({ base, timeZone: 'UTC' }, r4, [policy])).accessTo(
      'Observation',
      's',
    );
    const order = new SearchOrder(['Observation'], { count: perPage }, new SortSlots());
    return searchStatement([{ access, criteria: [] }], { order, count: perPage }, system.searching);
  };

  it('that few patients satisfy starts at them', async () => {
    const found = await run(under('patient:Patient.identifier=urn:ids|i7'));
    expect(found.whole).toEqual([]);
    expect(found.indexes).toEqual(expect.arrayContaining([tok, 'resource_patient_tok_idx']));
    expect(found.rows).toBeLessThan(10 * observationsOfPatient);
  });

  it('that every patient satisfies walks the order, no further than the page', async () => {
    const found = await run(under('patient:Patient.active=true'));
    expect(found.whole.filter((name) => name !== 'resource_patient')).toEqual([]);
    expect(found.rows).toBeLessThan(2 * patients);
  });
});

describe('a level of includes', () => {
  it.each([
    ['_include', 'Observation:patient', ['resource_patient_pkey']],
    ['_revinclude', 'Observation:patient', ['resource_observation_by_patient', 'resource_observation_of_several']],
  ])('%s=%s is found by keys and hashes', async (name, value, indexes) => {
    const type = name === '_include' ? 'Observation' : 'Patient';
    const include = parseInclude({ name, value, roots: [type] }, settings);
    const rows = ['p1', 'p2'].map((id) => ({ type, id, links: [`patient\u001fPatient/${id}`] }));
    const request = { lookups: findLookups(rows, [include]), known: new Map(), most: 1001, codes: [] };
    const found = await run(includeStatement(request, system.searching));
    expect(found.whole).toEqual([]);
    expect(found.indexes).toEqual([...indexes].toSorted());
    expect(found.rows).toBeLessThanOrEqual(2 * 2 * observationsOfPatient);
  });
});
