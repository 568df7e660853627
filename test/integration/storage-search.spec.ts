import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import type { Criterion } from '../../src/r4/search/query/criterion.js';
import type { SearchPlace, SearchRequest } from '../../src/r4/search/query/search-request.js';
import { hashToken } from '../../src/r4/search/index/token-hash.js';
import { SearchOrder } from '../../src/fhir/storage/searching/search-order.js';
import { searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { anObservation, aPatient, criterion, openStorage, patient, type Storage, system } from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

type Asked = Partial<SearchRequest> & { readonly criteria?: readonly Criterion[] };

async function search(type: string, { criteria = [], ...request }: Asked = {}, caller = system) {
  const target = { access: caller.to(type, 's'), criteria };
  const page = await storage.resources.search([target], { count: 100, ...request }, caller.searching);
  return { ...page, ids: page.rows.map(({ id }) => id) };
}
const find = async (type: string, code: string, text: string) =>
  (await search(type, { criteria: [criterion(type, code, text)] })).ids;

async function store(...resources: readonly [string, JsonObject][]): Promise<void> {
  await storage.resources.write(resources.map(([id, resource]) => system.update(resource, id)));
}

describe('criteria', () => {
  beforeAll(async () => {
    const coded = (system_: string | undefined, code: string): JsonObject => ({
      ...anObservation('Patient/p1'),
      code: { coding: [{ ...(system_ && { system: system_ }), code }] },
    });
    await store(
      ['t-a', coded('http://a', 'x')],
      ['t-b', coded('http://b', 'x')],
      ['t-none', coded(undefined, 'x')],
      ['t-y', coded('http://a', 'y')],
      ['r-foreign', anObservation('https://other.example/Patient/p1')],
    );
  });

  it.each([
    ['http://a|x', ['t-a']],
    ['x', ['t-a', 't-b', 't-none']],
    ['|x', ['t-none']],
    ['http://a|', ['t-a', 't-y']],
    ['http://b|x,y', ['t-b', 't-y']],
    ['http://b|y', []],
    ['X', []],
  ])('find tokens by %s', async (text, expected) => {
    expect(await find('Observation', 'code', text)).toEqual(expected);
  });

  it.each([
    ['Patient/p1', ['t-a', 't-b', 't-none', 't-y']],
    ['p1', ['t-a', 't-b', 't-none', 't-y']],
    ['https://other.example/Patient/p1', ['r-foreign']],
    ['Patient/p', []],
    ['p', []],
  ])('find references by %s', async (text, expected) => {
    expect(await find('Observation', 'subject', text)).toEqual(expected);
  });

  it('find strings by their start, URIs whole, and rows by id', async () => {
    await store(['s-1', aPatient('Müller')], ['s-2', aPatient('Mullins')], ['s-3', aPatient('Amull')]);
    expect(await find('Patient', 'family', 'MULL')).toEqual(['s-1', 's-2']);
    expect(await find('Patient', 'family', 'mulle')).toEqual(['s-1']);
    expect(await find('Patient', '_id', 's-3,s-1,nobody')).toEqual(['s-1', 's-3']);
    await store(['vs', { resourceType: 'ValueSet', url: 'http://example.org/vs', status: 'active' }]);
    expect(await find('ValueSet', 'url', 'http://example.org/vs')).toEqual(['vs']);
    expect(await find('ValueSet', 'url', 'http://example.org/v')).toEqual([]);
  });

  it.each([
    ['2024-05', ['d-day', 'd-month', 'd-period']],
    ['2024-05-10', ['d-day']],
    ['ne2024-05', ['d-open', 'd-year']],
    ['gt2024-05-31', ['d-open', 'd-year']],
    ['lt2024-05-01', ['d-year']],
    ['ge2024-05-10', ['d-day', 'd-month', 'd-open', 'd-period', 'd-year']],
    ['le2024-05-01', ['d-year']],
    ['sa2024-05-01', ['d-day', 'd-open', 'd-period']],
    ['eb2024-05-11', ['d-day']],
    ['eq2030', []],
  ])('compare dates by %s', async (text, expected) => {
    const encounter = (period: JsonObject): JsonObject => ({ resourceType: 'Procedure', performedPeriod: period });
    await store(
      ['d-day', { resourceType: 'Procedure', performedDateTime: '2024-05-10' }],
      ['d-month', { resourceType: 'Procedure', performedDateTime: '2024-05' }],
      ['d-year', { resourceType: 'Procedure', performedDateTime: '2024' }],
      ['d-period', encounter({ start: '2024-05-09', end: '2024-05-12' })],
      ['d-open', encounter({ start: '2024-05-20' })],
    );
    expect(await find('Procedure', 'date', text)).toEqual(expected);
  });

  it('compare the time of the last change', async () => {
    await store(['lu', { resourceType: 'Basic' }]);
    const now = (await storage.resources.find(system.to('Basic', 'r'), 'lu'))!.lastUpdated;
    const found = async (texts: readonly string[]) => {
      const hits = await Promise.all(texts.map((text) => find('Basic', '_lastUpdated', text)));
      return texts.filter((_text, i) => hits[i]!.length > 0);
    };
    const matching = [now, `ge${now}`, `le${now}`, 'gt2020', 'lt2100', 'sa2020', 'eb2100', `ap${now}`];
    expect(await found(matching)).toEqual(matching);
    expect(await found([`ne${now}`, `gt${now}`, `lt${now}`, '2020', 'gt9999', 'lt0001', `eb${now}`])).toEqual([]);
  });

  it('are found together by the entries that each names, never by hashes alone', async () => {
    const of = (subject: string, code: string) => [
      criterion('Observation', 'subject', subject),
      criterion('Observation', 'code', code),
    ];
    const ids = async (...criteria: readonly Criterion[]) => (await search('Observation', { criteria })).ids;
    expect(await ids(...of('Patient/p1', 'http://a|x'))).toEqual(['t-a']);
    expect(await ids(...of('Patient/p2', 'http://a|x'))).toEqual([]);
    expect(await ids(...of('Patient/p1', 'http://a|x'), criterion('Observation', 'code', 'y'))).toEqual([]);
    const hash = hashToken('code\u001fx\u001fhttp://a');
    await storage.dataSource.query(`UPDATE resource SET tok = tok || $1::bigint WHERE id = 't-y'`, [hash]);
    expect(await ids(...of('Patient/p1', 'http://a|x'))).toEqual(['t-a']);
  });

  it('must all match, and do not reach the deleted', async () => {
    const criteria = [criterion('Observation', 'code', 'x'), criterion('Observation', 'code', 'http://b|')];
    expect((await search('Observation', { criteria })).ids).toEqual(['t-b']);
    await storage.write(system.delete('Observation', 't-b'));
    expect((await search('Observation', { criteria })).ids).toEqual([]);
  });
});

describe('pages', () => {
  const id = (i: number) => `page-${String(i).padStart(3, '0')}`;
  const member = { resourceType: 'Immunization', patient: { reference: 'Patient/p1' } };

  it('come forward and back, each row once', async () => {
    await store(...Array.from({ length: 25 }, (_, i): [string, JsonObject] => [id(i), member]));
    for (const caller of [system, patient('p1')]) {
      const first = await search('Immunization', { count: 10 }, caller);
      const second = await search('Immunization', { count: 10, after: first.edges!.last }, caller);
      const third = await search('Immunization', { count: 10, after: second.edges!.last }, caller);
      expect([...first.ids, ...second.ids, ...third.ids]).toEqual(Array.from({ length: 25 }, (_, i) => id(i)));
      expect([first, second, third].map((page) => [page.hasPrevious, page.hasNext])).toEqual([
        [false, true],
        [true, true],
        [true, false],
      ]);
      const back = await search('Immunization', { count: 10, before: third.edges!.first }, caller);
      expect(back).toMatchObject({ ids: second.ids, hasNext: true, hasPrevious: true });
      const start = await search('Immunization', { count: 10, before: back.edges!.first }, caller);
      expect(start).toMatchObject({ ids: first.ids, hasNext: true, hasPrevious: false });
    }
  });

  it('show unchanged rows exactly once while others come and go', async () => {
    await store(
      ...Array.from({ length: 40 }, (_, i): [string, JsonObject] => [`walk-${i + 10}`, { resourceType: 'Goal' }]),
    );
    const seen: string[] = [];
    let after: SearchPlace | undefined;
    for (let page = 0; ; page++) {
      const { ids, hasNext, edges } = await search('Goal', { count: 7, ...(after !== undefined && { after }) });
      seen.push(...ids);
      if (!hasNext) break;
      after = edges!.last;
      // Even rows stay; odd ones are deleted or changed around the position, and new ones appear before it.
      await storage.write(system.delete('Goal', `walk-${11 + page * 2}`)).catch(() => undefined);
      await store([ids.at(-1)!, { resourceType: 'Goal', language: 'en' }], [`walk-0${page}`, { resourceType: 'Goal' }]);
    }
    const even = Array.from({ length: 20 }, (_, i) => `walk-${10 + i * 2}`);
    expect(seen.filter((one) => even.includes(one))).toEqual(even);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('the plan of a search', () => {
  beforeAll(async () => {
    await storage.dataSource.query(
      `INSERT INTO resource SELECT 1, 'Encounter', 'e' || n, 1, now(), false, 'PUT', '{}', ARRAY['Patient/q' || n % 500],
        ARRAY[n], '{}', '{}', '{}', '{}', '{}', '{}' FROM generate_series(1, 20000) AS n`,
    );
    await storage.dataSource.query('ANALYZE resource_encounter');
  });

  async function planOf({ criteria = [], ...request }: Asked, caller = system): Promise<string> {
    const statement = searchStatement(
      [{ access: caller.to('Encounter', 's'), criteria }],
      { order: new SearchOrder(['Encounter'], { count: 20, ...request }, new SortSlots()), count: 20 },
      caller.searching,
    );
    const { text, values } = bindTenant(statement.text, statement.values);
    const lines = await storage.dataSource.query<Record<string, string>[]>(`EXPLAIN ${text}`, [...values]);
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  }

  it('finds the rows of the one record within reach patient by patient', async () => {
    expect((await search('Encounter', {}, patient('q7'))).ids).toHaveLength(40);
    expect(await planOf({}, patient('q7'))).toMatch(/Scan (?:on|using) resource_encounter_by_patient/);
  });

  it('finds an identifier by its hash', async () => {
    const criteria = [criterion('Encounter', 'identifier', 'http://x|1')];
    expect(await planOf({ criteria })).toMatch(/Bitmap Index Scan on resource_encounter_tok_idx/);
  });

  it('walks the order of the last change', async () => {
    const place = ['2024-01-01T00:00:00.000Z', 'e5'];
    for (const descending of [true, false]) {
      const plan = await planOf({ sort: [{ by: '_lastUpdated', descending }], after: place });
      expect(plan).toMatch(/Index Scan (?:Backward )?using resource_encounter_tenant_type_updated_id_idx/);
      expect(plan).toMatch(/Index Cond: .*updated, id\)/);
      expect(plan).not.toMatch(/Sort/);
    }
  });

  it('walks the order of ids otherwise', async () => {
    const plan = await planOf({ after: ['e5'] });
    expect(plan).toMatch(/Index Scan using resource_encounter_pkey/);
    expect(plan).not.toMatch(/Sort/);
  });
});
