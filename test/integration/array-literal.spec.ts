import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numberArray, rangeArray, textArray } from '../../src/fhir/storage/indexing/array-literal.js';
import { openStorage, type Storage } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

/** What PostgreSQL reads from the text, on the way that rows take. */
async function read(type: string, text: string): Promise<unknown> {
  const rows = await storage.dataSource.query<readonly { value: unknown }[]>(
    `SELECT to_json(value) AS value FROM json_to_recordset($1::json) AS row (value ${type})`,
    [JSON.stringify([{ value: text }])],
  );
  return rows[0]!.value;
}

const awkward = fc.constantFrom(
  '"',
  '\\',
  '{',
  '}',
  ',',
  '(',
  ')',
  ' ',
  '\n',
  '\t',
  '\u001f',
  'NULL',
  'null',
  "'",
  '😀',
  '/',
);
const texts = fc
  .oneof(
    fc.array(fc.oneof(awkward, fc.string({ unit: 'grapheme' })), { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme' }),
  )
  .filter((text) => !text.includes('\0'));

describe('arrays in the text form of PostgreSQL', () => {
  it('of texts and nulls are read as they were', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.option(texts), { maxLength: 8 }), async (elements) => {
        expect(await read('text[]', textArray(elements))).toEqual(elements);
      }),
    ));

  it('of numbers are read as they were', async () => {
    expect(await read('bigint[]', numberArray(['-9007199254740991', '0', '17']))).toEqual([-9007199254740991, 0, 17]);
    expect(await read('numeric[]', numberArray([null, '1.50', null]))).toEqual([null, 1.5, null]);
    expect(await read('integer[]', numberArray([-1, 2]))).toEqual([-1, 2]);
    expect(await read('integer[]', numberArray([]))).toEqual([]);
  });

  const range = fc.record(
    { parameter: texts, low: fc.integer().map(String), high: fc.integer().map(String), unit: texts, code: texts },
    { requiredKeys: ['parameter'] },
  );

  it('of ranges are read as they were, what they lack as null', () =>
    fc.assert(
      fc.asyncProperty(fc.array(range, { maxLength: 5 }), async (ranges) => {
        const expected = ranges.map(({ parameter, low, high, unit, code }) => ({
          parameter,
          low: low === undefined ? null : Number(low),
          high: high === undefined ? null : Number(high),
          unit: unit ?? null,
          code: code ?? null,
        }));
        expect(await read('index_range[]', rangeArray(ranges))).toEqual(expected);
      }),
    ));
});
