// No text with a syntax of its own, and no odd query, gives a 5xx or an unfiltered answer
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { codes, encode, expectSound, nasty, startSearched, valid } from '../support/search-texts.js';
import type { TestServer } from '../support/server.js';
import { isFull } from '../support/full.js';

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startSearched();
  token = server.token('user/*.cruds');
});
afterAll(() => server.close());

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
        statuses.add(await expectSound(server, `${name}=${encode(text)}`));
      }),
      { numRuns: isFull ? 600 : 200 },
    );
    expect(statuses).toEqual(new Set([200, 400]));
  });
});

describe('a query string', () => {
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
    await expectSound(server, `code=${'x'.repeat(8000)}`);
    await expectSound(server, `name=${'%2C'.repeat(2000)}`);
    await expectSound(server, Array.from({ length: 500 }, (_, i) => `code=c${i}`).join('&'));
    await expectSound(server, `code=${Array.from({ length: 1000 }, (_, i) => `c${i}`).join(',')}`);
    await expectSound(server, `value-quantity=${Array.from({ length: 300 }, (_, i) => `gt${i}||u`).join(',')}`);
    for (const bytes of ['%C0%AF', '%FF', '%', '%E0%80%80', '%00', '%F4%90%80%80'])
      await expectSound(server, `code=${bytes}`);
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
