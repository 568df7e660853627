// No query string gives a 5xx or an unfiltered answer
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { isFull } from '../support/full.js';
import { aBundle, anObservation, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure' });
  token = server.token('user/*.cruds');
  const entries = ['a', 'b', 'c'].map((id) => putting({ ...anObservation('Patient/p1'), id }));
  const { status, text } = await server.call('POST', '', { token, body: aBundle('transaction', ...entries) });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

const codes = [...new SearchParameters().forType('Observation').keys(), 'nonsense', '_sort', '_has', 'subject.name'];
const modifiers = 'missing exact contains text not above below in not-in identifier of-type Patient x'.split(' ');
const valid = [
  'gt5.4e-3|http://unitsofmeasure.org|mg',
  'ge2024-05-01T10:00:00+02:00',
  'http://loinc.org|8867-4',
  'Patient/p1',
  '8867-4$lt5',
  'true',
  'http://hl7.org/fhir/ValueSet/observation-status',
];
const nasty = [
  "'; DROP TABLE resource; --",
  '%_\\',
  '.*[(?{+^$',
  '\u0000',
  '\ud800',
  '\u001f',
  '🩺',
  '$1::text',
  '1e400',
  '-0',
  '9'.repeat(500),
  '9999-12-31',
  '0001',
  '||||',
  '\\',
  ',',
  '$$',
  'İ'.repeat(50),
];

const values = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...valid) },
  { weight: 2, arbitrary: fc.constantFrom(...nasty) },
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .tuple(fc.constantFrom(...valid), fc.nat(40), fc.constantFrom(...nasty))
    .map(([text, at, part]) => text.slice(0, at) + part + text.slice(at)),
);
const names = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...codes) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...codes), fc.constantFrom(...modifiers)).map((pair) => pair.join(':')),
  },
  fc.string({ maxLength: 12 }),
);
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

async function expectSound(query: string): Promise<number> {
  const { status, body, text } = await server.call('GET', `Observation?${query}`, { token });
  expect([200, 400, 403, 414], `${query}: ${text}`).toContain(status);
  if (status !== 200) expect(body.issue[0].diagnostics, query).toMatch(/\w/);
  return status;
}

const logic = ['and', 'or', 'not', 'not (', '(', ')', '[', '].', '"', '"a b"', String.raw`"\u0000"`, '.', ':', '-'];
const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ap', 'sa', 'po', 'in', 'ni', 'ss', 're'];
const paths = [
  'status',
  'code',
  'date',
  'value-quantity',
  'value-string',
  'subject',
  'subject:Patient',
  '_list',
  '_filter',
];
const others = [
  '_has:Observation:subject:',
  'code-value-quantity',
  '_content',
  'final',
  '2024',
  'NOT',
  'AND',
  'OR',
  'a*',
];
const pieces = [...logic, ...operators, 'pr true', ...paths, ...others, ...nasty];
const sentences = fc
  .tuple(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 10 }), fc.constantFrom(' ', ' ', ''))
  .map(([words, between]) => words.join(between));
const filters = fc.oneof(
  sentences,
  fc
    .tuple(
      fc.constantFrom(...codes),
      fc.constantFrom(...operators),
      fc.oneof(fc.constantFrom(...valid), fc.constantFrom(...nasty)),
    )
    .map(([code, operator, value]) => `not (${code} ${operator} ${JSON.stringify(value)})`),
);

describe('any text with a syntax of its own', () => {
  it.each([
    ['_filter', filters],
    ['_content', sentences],
    ['_text', sentences],
    ['_list', sentences],
  ])('is answered, or refused with a reason: %s', { timeout: 120_000 }, async (name, texts) => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        statuses.add(await expectSound(`${name}=${encode(text)}`));
      }),
      { numRuns: 600 },
    );
    expect(statuses).toEqual(new Set([200, 400]));
  });
});

describe('any query string', () => {
  it('is answered, or refused with a reason', { timeout: 180_000 }, async () => {
    const statuses: number[] = [];
    const query = fc.array(fc.tuple(names, values), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(query, async (pairs) => {
        statuses.push(await expectSound(pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')));
      }),
      { numRuns: isFull ? 2000 : 800 },
    );
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(isFull ? 100 : 40);
    expect(statuses.filter((status) => status === 400).length).toBeGreaterThan(isFull ? 100 : 40);
  });

  it('is never the search without it: what cannot match finds nothing', async () => {
    for (const [code, { type, expression }] of new SearchParameters().forType('Observation')) {
      if (expression === undefined || type === 'composite') continue;
      const none = { date: 'lt1900', number: 'lt-9', quantity: 'lt-9', reference: 'Nobody1', uri: 'urn:none' }[
        type as 'date'
      ];
      const { status, body } = await server.call('GET', `Observation?${code}=${none ?? 'nobody-has-this'}`, { token });
      expect([code, status, body.entry]).toEqual([code, 200, undefined]);
    }
    for (const query of ['_content=nobody', '_text=nobody', '_list=nobody', '_filter=status%20eq%20nobody']) {
      const { status, body } = await server.call('GET', `Observation?${query}`, { token });
      expect([query, status, body.entry]).toEqual([query, 200, undefined]);
    }
  });

  it('may have long values, many parameters and broken bytes', async () => {
    await expectSound(`code=${'x'.repeat(8000)}`);
    await expectSound(`name=${'%2C'.repeat(2000)}`);
    await expectSound(Array.from({ length: 500 }, (_, i) => `code=c${i}`).join('&'));
    await expectSound(`code=${Array.from({ length: 1000 }, (_, i) => `c${i}`).join(',')}`);
    await expectSound(`value-quantity=${Array.from({ length: 300 }, (_, i) => `gt${i}||u`).join(',')}`);
    for (const bytes of ['%C0%AF', '%FF', '%', '%E0%80%80', '%00', '%F4%90%80%80']) await expectSound(`code=${bytes}`);
  });

  it.each(['%C0%AF', '%FF', '%E0%80%80', '%F4%90%80%80'])(
    'is 400 where %s is no UTF-8, whatever it is asked of',
    async (bytes) => {
      for (const query of [
        `code:not=${bytes}`,
        `_content=x${bytes}`,
        `_filter=code ne ${bytes}`,
        `patient.name=${bytes}`,
        `${bytes}=x`,
      ]) {
        const { status, body } = await server.call('GET', `Observation?${query}`, { token });
        expect([query, status]).toEqual([query, 400]);
        expect(body.issue[0].diagnostics).toContain('is not UTF-8');
      }
      const condition = await server.call('DELETE', `Observation?code:not=${bytes}`, { token });
      expect(condition.status).toBe(400);
    },
  );
});
