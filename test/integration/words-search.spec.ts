// _text and _content are answered from the index of words, with the access of the caller on each row
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Criterion } from '../../src/r4/search/query/criterion.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { parseWordsValue } from '../../src/r4/search/words/parse-words.js';
import { SearchOrder } from '../../src/fhir/storage/searching/search-order.js';
import { searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { Caller, openStorage, type Storage, system } from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';

const rows = 20_000;
const parameters = new SearchParameters();
let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  await storage.dataSource.query(
    `INSERT INTO resource (tenant, type, id, version, updated, deleted, method, body, compartments, tok, val, ranges,
        num_low, num_high, str_low, str_high, words)
      SELECT 1, 'Condition', 'c' || n, 1, now(), false, 'PUT', '{}', ARRAY['Patient/p' || n % 2], '{}', '{}', '{}', '{}',
        '{}', '{}', '{}', ('''word' || n / 10 || ''':1A ''every'':2 ''content' || n || ''':3')::tsvector
      FROM generate_series(1, ${rows}) AS n`,
  );
  await storage.dataSource.query('VACUUM ANALYZE resource_condition');
});
afterAll(() => storage.close());

const words = (code: '_text' | '_content', text: string): Criterion => {
  const parameter = parameters.find('Condition', code)!;
  return { kind: 'filter', filter: { parameter, values: [parseWordsValue(parameter, text)] } };
};

async function planOf(criterion: Criterion): Promise<string> {
  const statement = searchStatement(
    [{ access: system.to('Condition', 's'), criteria: [criterion] }],
    { order: new SearchOrder(['Condition'], { count: 100 }, new SortSlots()), count: 100 },
    system.searching,
  );
  const { text, values } = bindTenant(statement.text, statement.values);
  const lines = await storage.dataSource.query<Record<string, string>[]>(`EXPLAIN ${text}`, [...values]);
  return lines.map((line) => line['QUERY PLAN']).join('\n');
}

async function find(caller: Caller, criterion: Criterion): Promise<readonly string[]> {
  const target = { access: caller.to('Condition', 's'), criteria: [criterion] };
  return (await storage.resources.search([target], { count: 100 }, caller.searching)).rows.map(({ id }) => id);
}

describe('a search for words', () => {
  it.each([
    ['_content', 'content77'],
    ['_content', 'every content77'],
    ['_content', 'content7777*'],
    ['_text', 'word7'],
    ['_text', '"word7"'],
  ] as const)('%s=%s is answered by the index', async (code, text) => {
    const plan = await planOf(words(code, text));
    expect(plan).toMatch(/Bitmap Index Scan on resource_condition_words_idx/);
    expect(plan).not.toMatch(/Seq Scan/);
  });

  it('finds what the index has, by the weight of the narrative for _text', async () => {
    expect(await find(system, words('_text', 'word7'))).toHaveLength(10);
    expect(await find(system, words('_content', 'word7'))).toHaveLength(10);
    expect(await find(system, words('_content', 'content77'))).toEqual(['c77']);
    expect(await find(system, words('_text', 'content77'))).toEqual([]);
  });

  it('finds rows within reach only', async () => {
    const patient = new Caller('patient/Condition.rs', { patient: 'p1' });
    expect(await find(patient, words('_text', 'word7'))).toEqual(['c71', 'c73', 'c75', 'c77', 'c79']);
    expect(await find(patient, words('_content', 'content78'))).toEqual([]);
  });
});
