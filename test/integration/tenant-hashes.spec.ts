// Indexes that tenants share find no reference and no identifier of another (docs/adr/0188)
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asTenant } from '../../src/database/tenant.js';
import { storedHashes } from '../../src/fhir/storage/indexing/stored-hashes.js';
import { pageOf, searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';
import { parseCriterion } from '../../src/r4/search/query/parse-criterion.js';
import { isOwnEntry, ownValues } from '../../src/r4/search/index/own-entries.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { nodesOf, type PlanNode, rowsLookedAt } from '../support/plan-nodes.js';
import { anObservation, aPatient, base, openStorage, patient, type Storage, system } from './storage.fixture.js';

const tenants = [1, 2, 3];
const types = ['Patient', 'Observation', 'Organization', 'Questionnaire', 'QuestionnaireResponse'];
const r4 = new SearchParameters();
const offer = new SearchOffer(r4);
for (const type of types)
  offer.add(...[...r4.forType(type).values()].filter(({ expression }) => expression !== undefined));
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };

const questionnaire = 'http://example.org/Questionnaire/q1';
const identifier = {
  system: 'urn:mrn',
  value: 'm3',
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
};

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
    const write = (id: string, content: Parameters<typeof system.update>[0]) =>
      storage.write(system.update(content, id));
    await write('org', { resourceType: 'Organization', name: 'all' });
    await write('part', { resourceType: 'Organization', partOf: { reference: 'Organization/org' } });
    const link = { managingOrganization: { reference: 'Organization/part' } };
    for (const family of ['Aal', 'Beel']) await write('p1', { ...aPatient(family), identifier: [identifier], ...link });
    for (const category of ['laboratory', 'vital-signs'])
      await write('o1', {
        ...anObservation('Patient/p1', category),
        performer: [{ reference: 'http://elsewhere.example/Practitioner/d' }, { identifier: { value: 'd3' } }],
      });
    await write('q1', { resourceType: 'Questionnaire', status: 'active', url: questionnaire, name: 'Q' });
    await write('r1', { resourceType: 'QuestionnaireResponse', status: 'completed', questionnaire });
    // A url by the look of an id.
    await write('q2', { resourceType: 'Questionnaire', status: 'draft', url: 'phq-9', name: 'R' });
    for (const status of ['in-progress', 'stopped'])
      await write('r2', { resourceType: 'QuestionnaireResponse', status, questionnaire: 'phq-9' });
  });
});
afterAll(() => storage.close());

/** Tenants of which rows of the table have a hash of the entry as the current tenant has it. */
async function holding(entry: string, table: string): Promise<readonly number[]> {
  const rows = await storage.dataSource.query<{ tenant: number }[]>(
    `SELECT DISTINCT tenant FROM ${table} WHERE tok @> $1::bigint[] ORDER BY tenant`,
    [storedHashes([entry.replaceAll('|', '\u001f')])],
  );
  return rows.map(({ tenant }) => tenant);
}

describe('rows of three tenants with the same resources', () => {
  it.each([
    'subject|Patient/p1',
    'subject|p1',
    'patient|Patient/p1',
    'identifier|m3',
    'identifier|m3|urn:mrn',
    'identifier:of-type|m3|MR|http://terminology.hl7.org/CodeSystem/v2-0203',
    'performer:identifier|d3',
    'organization|Organization/part',
    'questionnaire|phq-9',
  ])('share no hash of %s', async (entry) => {
    const own = tenants.map((tenant) => [tenant]);
    expect(await inEach(() => holding(entry, 'resource'))).toEqual(own);
    expect(await inEach(() => holding(entry, 'resource_history'))).toEqual(own);
  });

  it.each([
    'code|8867-4',
    'code|8867-4|http://loinc.org',
    'identifier||urn:mrn',
    'performer|http://elsewhere.example/Practitioner/d',
    'family|^bee',
    `questionnaire|${questionnaire}`,
    'url|phq-9',
  ])('share the hash of %s', async (entry) => {
    expect(await inEach(() => holding(entry, 'resource'))).toEqual(tenants.map(() => tenants));
  });

  it.each([
    ['Observation', 'code', 'http://loinc.org|8867-4', 'o1'],
    ['Observation', 'category', 'vital-signs', 'o1'],
    ['Observation', 'subject', 'Patient/p1', 'o1'],
    ['Observation', 'subject', 'p1', 'o1'],
    ['Observation', 'patient', 'p1', 'o1'],
    ['Observation', 'performer', 'http://elsewhere.example/Practitioner/d', 'o1'],
    ['Observation', 'performer:identifier', 'd3', 'o1'],
    ['Observation', 'subject:Patient.family', 'beel', 'o1'],
    ['Observation', 'subject:Patient.identifier', 'm3', 'o1'],
    ['Patient', 'identifier', 'm3', 'p1'],
    ['Patient', 'identifier', 'urn:mrn|', 'p1'],
    ['Patient', 'identifier:of-type', 'http://terminology.hl7.org/CodeSystem/v2-0203|MR|m3', 'p1'],
    ['Patient', 'family', 'Beel', 'p1'],
    ['Patient', '_has:Observation:subject:code', '8867-4', 'p1'],
    ['Patient', 'organization:below', 'Organization/org', 'p1'],
    ['Patient', 'organization.partof', 'Organization/org', 'p1'],
    ['Organization', '_has:Patient:organization:identifier', 'm3', 'part'],
    ['QuestionnaireResponse', 'questionnaire', questionnaire, 'r1'],
    ['QuestionnaireResponse', 'questionnaire.name', 'Q', 'r1'],
    ['QuestionnaireResponse', 'questionnaire.name', 'R', 'r2'],
    ['Questionnaire', '_has:QuestionnaireResponse:questionnaire:status', 'completed', 'q1'],
    ['Questionnaire', '_has:QuestionnaireResponse:questionnaire:status', 'stopped', 'q2'],
  ])('are found by their own tenant, and once: %s?%s=%s', async (type, name, value, id) => {
    const found = await inEach(async () => {
      const targets = [{ access: system.to(type, 's'), criteria: [parseCriterion(type, name, value, settings)] }];
      const { rows } = await storage.resources.search(targets, { count: 10 }, system.searching);
      return rows.map((row) => row.id);
    });
    expect(found).toEqual(tenants.map(() => [id]));
  });

  it.each([
    ['Patient', { codes: ['organization'], targets: ['Organization/part'] }, 'p1'],
    ['Observation', { codes: ['subject'], targets: ['Patient/p1'] }, 'o1'],
    ['QuestionnaireResponse', `questionnaire|${questionnaire}`, 'r1'],
    ['QuestionnaireResponse', 'questionnaire|phq-9', 'r2'],
  ])('come with what refers to them: %s by %o', async (type, by, id) => {
    const isEntry = typeof by === 'string';
    const entries = new Set(isEntry ? [by.replace('|', '\u001f')] : []);
    const found = await inEach(async () => {
      const lookups = new Map([[type, { ids: new Set<string>(), entries, referrers: isEntry ? [] : [by] }]]);
      const request = { lookups, known: new Map<string, string[]>(), most: 10, codes: [] };
      const { rows } = await storage.resources.include(request, system.searching);
      return rows.map((row) => row.id);
    });
    expect(found).toEqual(tenants.map(() => [id]));
  });
});

describe('indexes that tenants share', () => {
  /** Rows that those which do not begin with the tenant hand out while a search is run. */
  async function rowsRead(
    type: string,
    query: readonly (readonly [string, string])[],
    caller = system,
  ): Promise<number> {
    const criteria = query.map(([name, value]) => parseCriterion(type, name, value, settings));
    const targets = [{ access: caller.to(type, 's'), criteria }];
    const statement = searchStatement(targets, pageOf(targets, { count: 20 }, new SortSlots()), caller.searching);
    const { text, values } = bindTenant(statement.text, statement.values);
    const [row] = await storage.dataSource.query<readonly { 'QUERY PLAN': readonly [{ Plan: PlanNode }] }[]>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
      [...values],
    );
    const nodes = nodesOf(row!['QUERY PLAN'][0].Plan);
    return rowsLookedAt(nodes.filter((node) => shared.test(node['Index Name'] ?? '')));
  }

  const shared = /_(?:tok|grams|words|compartments)_idx$|_of_several$/;

  beforeAll(async () => {
    const patients = Array.from({ length: 150 }, (_, n) => ({
      ...aPatient('Same'),
      id: `same${n}`,
      identifier: [{ system: 'urn:mrn', value: `same${n}` }],
      generalPractitioner: [{ reference: `Practitioner/d${n % 30}` }],
    }));
    const observations = patients.map(({ id }) => system.update(anObservation(`Patient/${id}`), `of-${id}`));
    await inEach(() =>
      storage.resources.write([...patients.map((one) => system.update(one, one.id)), ...observations]),
    );
    await storage.dataSource.query('ANALYZE resource_patient, resource_observation');
  });

  it.each([
    ['identifier', 'same7', 1],
    ['identifier', 'urn:mrn|same7', 1],
    ['general-practitioner', 'Practitioner/d7', 5],
    ['general-practitioner', 'd7', 5],
  ])('find no row of another tenant for Patient?%s=%s', async (name, value, own) => {
    expect(await inEach(() => rowsRead('Patient', [[name, value]]))).toEqual(tenants.map(() => own));
  });

  it.each([
    ['all', []],
    ['a category', [['category', 'laboratory']]],
  ] as const)('find no row for who is limited to a patient and asks for %s', async (_what, query) => {
    expect(await inEach(() => rowsRead('Observation', query, patient('same7')))).toEqual(tenants.map(() => 0));
  });
});

describe('the hash of an entry that names one thing', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9.-]{1,66}$/);
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((one) => !one.includes('\0'));
  const value = fc.oneof(
    id,
    fc.tuple(fc.constantFrom('Patient', 'Foo', 'patient', 'P'), id).map((parts) => parts.join('/')),
    fc.tuple(fc.constantFrom('Patient/p1', 'p1', '\u001f'), text).map((parts) => parts.join('')),
    fc.webUrl(),
    text,
  );

  it.each(['subject', 'identifier', 'url', 'subject:identifier', '~binary', 'é'])(
    'of %s is told alike in SQL and in JavaScript',
    async (parameter) => {
      const values = fc.sample(value, 300);
      const rows = await storage.dataSource.query<{ isOwn: boolean }[]>(
        `SELECT value ~ $1 AS "isOwn" FROM unnest($2::text[]) WITH ORDINALITY AS e (value, n) ORDER BY n`,
        [ownValues(parameter).source, values],
      );
      expect(rows.map(({ isOwn }) => isOwn)).toEqual(values.map((one) => isOwnEntry(`${parameter}\u001f${one}`)));
    },
  );

  it('is made alike in SQL and in JavaScript', async () => {
    const entries = fc.sample(
      id.filter(({ length }) => length <= 64).map((one) => `subject\u001fPatient/${one}`),
      50,
    );
    for (const tenant of [...tenants, 10_000, 2 ** 31 - 1]) {
      const rows = await storage.dataSource.query<{ hash: string }[]>(
        `SELECT lanyard_own_token($1, entry) AS hash FROM unnest($2::text[]) WITH ORDINALITY AS e (entry, n) ORDER BY n`,
        [tenant, entries],
      );
      expect(rows.map(({ hash }) => hash)).toEqual(asTenant({ tenant, name: '' }, () => storedHashes(entries)));
    }
  });
});
