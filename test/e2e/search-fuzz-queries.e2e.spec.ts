// No query string gives a 5xx or an unfiltered answer
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import { codes, encode, expectSound, nasty, startSearched, valid } from '../support/search-texts.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startSearched();
});
afterAll(() => server.close());

const modifiers = 'missing exact contains text not above below in not-in identifier of-type Patient x'.split(' ');
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
it('any query string is answered, or refused with a reason', { timeout: 180_000 }, async () => {
  const statuses: number[] = [];
  const query = fc.array(fc.tuple(names, values), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(query, async (pairs) => {
      statuses.push(
        await expectSound(server, pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')),
      );
    }),
    { numRuns: isFull ? 2000 : 300 },
  );
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(isFull ? 100 : 15);
  expect(statuses.filter((status) => status === 400).length).toBeGreaterThan(isFull ? 100 : 15);
});
