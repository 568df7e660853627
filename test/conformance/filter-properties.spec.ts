// https://hl7.org/fhir/R4/search_filter.html: _filter = brute force, on random resources and filters
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import {
  codes,
  dates,
  families,
  type NaiveFilter,
  numbers,
  observationFilters,
  patientFilters,
  practitioners,
  reverseFilters,
  type Row,
  systems,
} from '../support/naive-filter.js';
import { aBundle, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const size = 40;
const runs = isFull ? 150 : 60;

const several = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 2 });
const patient = fc.record(
  {
    name: several(fc.record({ family: fc.constantFrom(...families) })),
    identifier: several(
      fc.record({ system: fc.constantFrom(...systems), value: fc.constantFrom(...codes) }, { requiredKeys: ['value'] }),
    ),
    birthDate: fc.constantFrom(...dates),
    generalPractitioner: several(fc.constantFrom(...practitioners).map((reference) => ({ reference }))),
  },
  { requiredKeys: [] },
);
const observation = fc.record(
  {
    subject: fc.nat(size).map((n) => ({ reference: `Patient/patient-${n}` })),
    valueQuantity: fc.constantFrom(...numbers).map((number) => ({ value: Number(number) })),
    effectivePeriod: fc.constantFrom<Row>(
      { start: '2000-02', end: '2000-12' },
      { start: '2000-12-31' },
      { end: '2000-02-29' },
      { start: '2000', end: '2001' },
    ),
  },
  { requiredKeys: [] },
);

const sample = (type: string, made: fc.Arbitrary<Row>, rest: Row = {}): readonly Row[] =>
  fc
    .sample(made, { numRuns: size, seed: 42 })
    .map((one, n) => ({ resourceType: type, id: `${type.toLowerCase()}-${n}`, ...rest, ...one }));

const patients = sample('Patient', patient);
const observations = sample('Observation', observation, { status: 'final', code: { text: 'x' } });
const patientOf = ({ subject }: Row): Row => patients.find(({ id }) => `Patient/${id}` === subject?.reference);
const observationsOf = ({ id }: Row): readonly Row[] =>
  observations.filter(({ subject }) => subject?.reference === `Patient/${id}`);

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure', AUDIT: 'off' });
  token = server.token('user/*.cruds');
  const rows = JSON.parse(JSON.stringify([...patients, ...observations]));
  const { status, text } = await server.call('POST', '', { token, body: aBundle('transaction', ...rows.map(putting)) });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

/** The server takes 100 comparisons and 10,000 characters; words of values may be counted too. */
const isWithinLimits = ({ text }: NaiveFilter): boolean =>
  text.length < 9_000 &&
  (text.match(/ (?:eq|ne|co|sw|ew|gt|lt|ge|le|ap|sa|eb|pr|po|ss|sb|in|ni|re) /g) ?? []).length < 100;

describe('_filter finds what a naive reading of every resource finds', () => {
  it.each<[string, string, readonly Row[], fc.Arbitrary<NaiveFilter>]>([
    ['values and logic', 'Patient', patients, patientFilters],
    ['chains and brackets', 'Observation', observations, observationFilters(patientOf)],
    ['_has', 'Patient', patients, reverseFilters(observationsOf)],
  ])('by %s', { timeout: 120_000 }, async (_name, type, rows, filters) => {
    const answers = { some: 0, none: 0, all: 0 };
    await fc.assert(
      fc.asyncProperty(filters.filter(isWithinLimits), async ({ text: filter, matches }) => {
        const query = new URLSearchParams({ _filter: filter, _count: '100' }).toString();
        const { status, body, text } = await server.call('GET', `${type}?${query}`, { token });
        expect(status, `${filter} ${text}`).toBe(200);
        const found = (body.entry ?? []).map(({ resource }: Row) => resource.id);
        const expected = rows.filter(matches).map(({ id }) => id as string);
        // Nobody asked for an order: rows of a chain come patient by patient.
        expect(found.toSorted(), filter).toEqual(expected.toSorted());
        answers[found.length === 0 ? 'none' : found.length === rows.length ? 'all' : 'some'] += 1;
      }),
      { numRuns: runs },
    );
    expect(answers.some).toBeGreaterThan(runs / 3);
  });
});
