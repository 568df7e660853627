// Search = brute force: random resources and values, against a naive reading of R4
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import {
  dateInterval,
  escapeValue,
  folded,
  matchesDate,
  matchesNumber,
  matchesToken,
  type NaiveCoding,
  type NaivePrefix,
  periodInterval,
  prefixes,
} from '../support/naive-search.js';
import { aBundle, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const ucum = 'http://unitsofmeasure.org';
const size = 60;
const runs = isFull ? 150 : 50;

const texts = fc.string({
  unit: fc.constantFrom('a', 'A', 'ä', 'É', 'e', 'b', ' ', ',', '|', '\\', '$'),
  minLength: 1,
  maxLength: 5,
});
const words = fc.constantFrom('Äbebab', 'abebabe E', 'ABÉB', 'abebaä|b', 'b,ebabab');
const someText = fc.oneof(
  texts.filter((text) => folded(text) !== ''),
  words,
);
const starts = fc.tuple(words, fc.integer({ min: 1, max: 8 })).map(([word, length]) => word.slice(0, length));
const codings = fc.record(
  { system: fc.constantFrom('urn:a', 'urn:b'), code: fc.constantFrom('x', 'X', 'y', 'x|y', 'x,y') },
  { requiredKeys: ['code'] },
);
const dates = fc.constantFrom(
  '2000',
  '2001',
  '2000-02',
  '2000-12',
  '2001-01',
  '2000-02-28',
  '2000-02-29',
  '2000-12-31',
  '2001-01-01',
  '2000-02-29T00:00:00Z',
  '2000-02-29T23:59:59Z',
  '2001-01-01T00:30:00+01:00',
);
const numbers = fc.constantFrom('0', '1', '1.0', '1.00', '1.5', '-1', '-1.5', '10', '1e1', '0.95', '1.04', '1.05');
const hosts = ['http://a.example', 'http://a.example/b', 'http://a.example/b/c', 'http://a.example/bc', 'urn:oid:1.2'];
const urls = fc.constantFrom(...hosts, 'http://a.example/b/');
const references = fc.constantFrom(
  'Practitioner/1',
  'Practitioner/2',
  'Organization/1',
  'https://b.example/Practitioner/1',
);
const prefix = fc.constantFrom(...prefixes);

interface Unit {
  readonly unit?: string;
  readonly system?: string;
  readonly code?: string;
}
const units = fc.constantFrom<Unit>(
  { system: ucum, code: 'mg' },
  { system: ucum, code: 'g' },
  { system: ucum, code: 'Cel' },
  { system: 'urn:u', code: 'mg' },
  { unit: 'mg' },
  {},
);

const makers = {
  Patient: fc.record(
    {
      name: fc.array(fc.record({ family: someText }), { minLength: 1, maxLength: 2 }),
      identifier: fc.array(
        codings.map(({ code, system }) => ({ value: code, ...(system && { system }) })),
        { minLength: 1, maxLength: 2 },
      ),
      birthDate: dates.map((date) => date.slice(0, 10)),
      generalPractitioner: fc.array(
        references.map((reference) => ({ reference })),
        { minLength: 1, maxLength: 2 },
      ),
    },
    { requiredKeys: [] },
  ),
  Observation: fc
    .record(
      {
        valueQuantity: fc.tuple(numbers, units).map(([value, unit]) => ({ value: Number(value), ...unit })),
        effectivePeriod: fc
          .record({ start: dates, end: dates }, { requiredKeys: [] })
          .filter(
            ({ start, end }) =>
              !start ||
              !end ||
              (dateInterval(start).low < dateInterval(end).high && Date.parse(start) <= Date.parse(end)),
          )
          .filter(({ start, end }) => start !== undefined || end !== undefined),
      },
      { requiredKeys: [] },
    )
    .map((rest) => ({ status: 'final', code: { text: 'x' }, ...rest })),
  RiskAssessment: fc.record({ probabilityDecimal: numbers.map(Number) }, { requiredKeys: [] }).map((prediction) => ({
    status: 'final',
    subject: { reference: 'Patient/1' },
    prediction: [{ ...prediction, relativeRisk: 1 }],
  })),
  ValueSet: fc.record({ url: urls }, { requiredKeys: [] }).map((rest) => ({ status: 'draft', ...rest })),
};
type Type = keyof typeof makers;

// oxlint-disable-next-line typescript/no-explicit-any -- random resources of several shapes
type Row = any;
let server: TestServer;
let token: string;
const rows = new Map<Type, readonly Row[]>();

beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure', AUDIT: 'off' });
  token = server.token('user/*.cruds');
  for (const [type, maker] of Object.entries(makers)) {
    const made = fc.sample<object>(maker, size);
    const resources = made.map((rest, at) => ({ resourceType: type, id: `r${at}`, ...rest }));
    const body = aBundle('batch', ...resources.map(putting));
    const answer = await server.call('POST', '', { token, body });
    const statuses = (answer.body.entry as { response: { status: string } }[]).map(({ response }) => response.status);
    // What is no valid resource (an end before its start, say) is not stored.
    const kept = resources.filter((_, at) => statuses[at]!.startsWith('2'));
    if (kept.length < size / 2) throw new Error(`Too few ${type} are valid: ${answer.text.slice(0, 500)}`);
    rows.set(type as Type, kept);
  }
});
afterAll(() => server.close());

/** The same query, asked of the server and of every row. */
interface Question {
  readonly query: string;
  readonly matches: (row: Row) => boolean;
}

const questions: Readonly<Record<string, { readonly type: Type; readonly question: fc.Arbitrary<Question> }>> = {
  string: {
    type: 'Patient',
    question: fc
      .tuple(fc.constantFrom('', ':exact', ':contains'), fc.oneof(someText, starts))
      .map(([modifier, text]) => ({
        query: `family${modifier}=${encodeURIComponent(escapeValue(text))}`,
        matches: ({ name = [] }) =>
          name.some(({ family }: { family: string }) => {
            if (modifier === ':exact') return family === text;
            return modifier === '' ? folded(family).startsWith(folded(text)) : folded(family).includes(folded(text));
          }),
      })),
  },
  token: {
    type: 'Patient',
    question: fc
      .tuple(fc.boolean(), codings, fc.constantFrom('code', 'both', 'system', 'none'))
      .map(([not, { system = 'urn:a', code }, form]) => {
        const asked: NaiveCoding = {
          code: { code },
          both: { system, code },
          system: { system },
          none: { system: '', code },
        }[form];
        const text =
          asked.system === undefined ? escapeValue(code) : `${asked.system}|${escapeValue(asked.code ?? '')}`;
        return {
          query: `identifier${not ? ':not' : ''}=${encodeURIComponent(text)}`,
          matches: ({ identifier = [] }) =>
            identifier.some((one: Row) => matchesToken(asked, { system: one.system, code: one.value })) !== not,
        };
      }),
  },
  'date, by day': {
    type: 'Patient',
    question: fc.tuple(prefix, dates).map(([by, date]) => ({
      query: `birthdate=${by}${encodeURIComponent(date)}`,
      matches: ({ birthDate }) =>
        birthDate !== undefined && matchesDate(by, dateInterval(date), dateInterval(birthDate)),
    })),
  },
  'date, by period': {
    type: 'Observation',
    question: fc.tuple(prefix, dates).map(([by, date]) => ({
      query: `date=${by}${encodeURIComponent(date)}`,
      matches: ({ effectivePeriod: period }) =>
        period !== undefined && matchesDate(by, dateInterval(date), periodInterval(period.start, period.end)),
    })),
  },
  number: {
    type: 'RiskAssessment',
    question: fc.tuple(prefix, numbers).map(([by, text]) => ({
      query: `probability=${by}${text}`,
      matches: ({ prediction: [{ probabilityDecimal: value }] }) =>
        value !== undefined && matchesNumber(by, text, value),
    })),
  },
  quantity: {
    type: 'Observation',
    question: fc.tuple(prefix, numbers, units).map(([by, text, unit]) => ({
      query: `value-quantity=${encodeURIComponent(by + text + unitText(unit))}`,
      matches: ({ valueQuantity }) => valueQuantity !== undefined && matchesQuantity(by, text, unit, valueQuantity),
    })),
  },
  reference: {
    type: 'Patient',
    question: fc.tuple(fc.constantFrom('', ':Practitioner', 'id'), references).map(([form, reference]) => {
      const id = reference.split('/').at(-1)!;
      const local = `Practitioner/${id}`;
      const wanted = {
        '': (one: string) => one === reference,
        ':Practitioner': (one: string) => one === local,
        id: (one: string) => /^\w+\/\w+$/.test(one) && one.endsWith(`/${id}`),
      }[form];
      return {
        query: `general-practitioner${form === 'id' ? '' : form}=${encodeURIComponent(form === '' ? reference : id)}`,
        matches: ({ generalPractitioner = [] }) => generalPractitioner.some((one: Row) => wanted(one.reference)),
      };
    }),
  },
  uri: {
    type: 'ValueSet',
    question: fc
      .tuple(fc.constantFrom('', ':above', ':below'), urls)
      .filter(([modifier, url]) => modifier === '' || !url.startsWith('urn'))
      .map(([modifier, asked]) => ({
        query: `url${modifier}=${encodeURIComponent(asked)}`,
        matches: ({ url }) => {
          if (url === undefined) return false;
          if (modifier === ':below') return url.startsWith(asked);
          return modifier === '' ? url === asked : asked === url || asked.startsWith(url.replace(/\/?$/, '/'));
        },
      })),
  },
  missing: {
    type: 'Patient',
    question: fc
      .tuple(
        fc.boolean(),
        fc.constantFrom(
          ['family', 'name'],
          ['identifier', 'identifier'],
          ['birthdate', 'birthDate'],
          ['general-practitioner', 'generalPractitioner'],
        ),
      )
      .map(([missing, [code, element]]) => ({
        query: `${code}:missing=${missing}`,
        matches: (row) => (row[element] === undefined) === missing,
      })),
  },
};

const unitText = ({ unit, system, code }: Unit): string =>
  unit !== undefined ? `||${unit}` : code === undefined ? '' : `|${system}|${code}`;

const grams: Readonly<Record<string, number>> = { mg: 0.001, g: 1 };

function matchesQuantity(by: NaivePrefix, text: string, asked: Unit, row: Unit & { readonly value: number }): boolean {
  if (asked.unit !== undefined) return [row.code, row.unit].includes(asked.unit) && matchesNumber(by, text, row.value);
  if (asked.code === undefined) return matchesNumber(by, text, row.value);
  if (asked.system !== row.system) return false;
  const [to, from] = [grams[asked.code], grams[row.code ?? '']];
  if (asked.system !== ucum || to === undefined) return asked.code === row.code && matchesNumber(by, text, row.value);
  return from !== undefined && matchesNumber(by, text, (row.value * from) / to);
}

describe('search finds what a naive reading of every resource finds', () => {
  it.each(Object.entries(questions))('by %s', { timeout: 120_000 }, async (_name, { type, question }) => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(question, async ({ query, matches }) => {
        const { status, body, text } = await server.call('GET', `${type}?${query}&_count=1000`, { token });
        expect(status, text).toBe(200);
        const ids = (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
        const expected = rows
          .get(type)!
          .filter(matches)
          .map(({ id }) => id as string);
        expect(ids, query).toEqual(expected.toSorted());
        found += ids.length;
      }),
      { numRuns: runs },
    );
    expect(found).toBeGreaterThan(0);
  });
});
