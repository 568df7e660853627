// Orders that an index has, together with a code, and with dates and quantities of its rows: found is what a naive reader finds.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import type { Criterion } from '../../src/r4/search/query/criterion.js';
import { furtherEntry, leadingEntry, leadingValues, wideEntry } from '../../src/r4/search/index/leading-values.js';
import { parseCriterion } from '../../src/r4/search/query/parse-criterion.js';
import { ResourceIndexer } from '../../src/r4/search/index/resource-indexer.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import type { SearchRequest, SortRule } from '../../src/r4/search/query/search-request.js';
import { hashToken } from '../../src/r4/search/index/token-hash.js';
import { dateSlots } from '../../src/fhir/storage/searching/indexed-orders.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import {
  dateInterval,
  type Interval,
  matchesDate,
  matchesToken,
  periodInterval,
  prefixes,
} from '../support/naive-search.js';
import { base, type Caller, criterion, openStorage, patient, type Storage, system } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

interface Row {
  readonly patient: number;
  readonly codings: readonly { readonly system: string; readonly code: string }[];
  /** A date, or the ends of a period. */
  readonly date?: string | { readonly start?: string | undefined; readonly end?: string | undefined } | undefined;
  readonly value: number;
}

const texts = [
  '2009',
  '2010',
  '2010-02',
  '2010-02-28',
  '2010-03-01',
  '2010-03-01T00:00:00Z',
  '2010-03-01T23:59:59Z',
  '2010-12-31T23:30:00-01:00',
  '2011-01-01',
];
const dates = fc.constantFrom(...texts);
const ofPeriods = ['2010-02-28', '2010-03-01', '2010-03-02T01:00:00Z', '2010-12'];
const ends = fc.option(fc.constantFrom(...ofPeriods), { nil: undefined });
const orders: readonly (readonly SortRule[])[] = [
  [{ by: 'date', descending: true }],
  [{ by: 'date', descending: false }],
  [],
];
const periods = fc
  .record({ start: ends, end: ends })
  .filter(({ start, end }) => (start ?? end) !== undefined && (!start || !end || start <= end));
const codings = fc.record({ system: fc.constantFrom('urn:a', 'urn:b'), code: fc.constantFrom('x', 'y', 'z') });
const rows = fc.array(
  fc.record({
    patient: fc.constantFrom(1, 2),
    codings: fc.uniqueArray(codings, { maxLength: 3, selector: (one) => one.system + one.code }),
    date: fc.option(fc.oneof(dates, periods), { nil: undefined }),
    value: fc.constantFrom(1, 2, 3),
  }),
  { minLength: 1, maxLength: 25 },
);

const observation = (row: Omit<Row, 'value'> & Partial<Row>): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  subject: { reference: `Patient/p${row.patient}` },
  code: row.codings.length > 0 ? { coding: row.codings } : { text: 'none' },
  ...(row.value !== undefined && { valueQuantity: { value: row.value } }),
  ...(typeof row.date === 'string' && { effectiveDateTime: row.date }),
  ...(typeof row.date === 'object' && {
    effectivePeriod: Object.fromEntries(Object.entries(row.date).filter(([, end]) => end !== undefined)),
  }),
});

interface Asked {
  readonly codes: readonly { readonly system?: string | undefined; readonly code: string }[];
  readonly dates: readonly { readonly prefix: (typeof prefixes)[number]; readonly text: string }[];
  /** A quantity above it; a composite asks for one beside a code. */
  readonly above?: { readonly value: number; readonly beside?: string | undefined } | undefined;
  readonly sort: readonly SortRule[];
  readonly count: number;
}

const asked = fc.record({
  codes: fc.array(
    fc.record({
      system: fc.option(fc.constantFrom('urn:a', 'urn:b'), { nil: undefined }),
      code: fc.constantFrom('x', 'y'),
    }),
    { maxLength: 2 },
  ),
  dates: fc.array(fc.record({ prefix: fc.constantFrom(...prefixes), text: dates }), { maxLength: 2 }),
  above: fc.option(
    fc.record({
      value: fc.constantFrom(1, 2),
      beside: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    }),
    { nil: undefined },
  ),
  sort: fc.constantFrom(...orders),
  count: fc.constantFrom(2, 5, 50),
});

const intervalOf = ({ date }: Row): Interval | undefined => {
  if (typeof date === 'string') return dateInterval(date);
  return date && periodInterval(date.start, date.end);
};

function isAbove({ codings: coded, value }: Row, { above }: Asked): boolean {
  if (above === undefined) return true;
  const { beside } = above;
  return value > above.value && (beside === undefined || coded.some(({ code }) => code === beside));
}

function matches(row: Row, query: Asked): boolean {
  const { codes, dates: criteria } = query;
  if (!isAbove(row, query)) return false;
  const interval = intervalOf(row);
  const isCoded =
    codes.length === 0 || row.codings.some((one) => codes.some((code) => matchesToken(code as never, one)));
  return isCoded && criteria.every(({ prefix, text }) => interval && matchesDate(prefix, dateInterval(text), interval));
}

/** The first instant of the start, or of the end where there is none. */
function keyOf({ date }: Row): number | undefined {
  if (date === undefined || typeof date === 'string') return date === undefined ? undefined : dateInterval(date).low;
  return dateInterval((date.start ?? date.end)!).low;
}

const idOf = (n: number): string => `o${String(n).padStart(2, '0')}`;

function naive(stored: readonly Row[], { sort: [rule], ...query }: Asked, owner?: number): readonly string[] {
  const found = stored
    .map((row, n) => ({ id: idOf(n), row, key: rule && keyOf(row) }))
    .filter(({ row }) => matches(row, { ...query, sort: [] }) && (owner === undefined || row.patient === owner));
  const turn = rule?.descending ? -1 : 1;
  const inOrder = found.toSorted((a, b) => {
    if (a.key !== b.key && rule) {
      if (a.key === undefined) return 1;
      if (b.key === undefined) return -1;
      return (a.key - b.key) * turn;
    }
    return (a.id < b.id ? -1 : 1) * turn;
  });
  return inOrder.map(({ id }) => id);
}

const offer = new SearchOffer(new SearchParameters());
offer.add(new SearchParameters().find('Observation', 'code-value-quantity')!);
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };

const aboveCriterion = ({ value, beside }: NonNullable<Asked['above']>): Criterion =>
  beside === undefined
    ? criterion('Observation', 'value-quantity', `gt${value}`)
    : parseCriterion('Observation', 'code-value-quantity', `${beside}$gt${value}`, settings);

/** All pages forward, then all back. */
async function walk({ codes, dates: criteria, above, sort, count }: Asked, caller: Caller) {
  const target = {
    access: caller.to('Observation', 's'),
    criteria: [
      ...(codes.length > 0
        ? [
            criterion(
              'Observation',
              'code',
              codes.map((one) => (one.system === undefined ? one.code : `${one.system}|${one.code}`)).join(','),
            ),
          ]
        : []),
      ...criteria.map(({ prefix, text }) => criterion('Observation', 'date', prefix + text)),
      ...(above ? [aboveCriterion(above)] : []),
    ],
  };
  const page = (at: Partial<SearchRequest> = {}) =>
    storage.resources.search([target], { count, sort, ...at }, caller.searching);
  let found = await page();
  const forward = found.rows.map(({ id }) => id);
  while (found.hasNext) {
    found = await page({ after: found.edges!.last });
    forward.push(...found.rows.map(({ id }) => id));
  }
  const back = found.rows.map(({ id }) => id);
  while (found.hasPrevious && found.edges) {
    found = await page({ before: found.edges.first });
    back.unshift(...found.rows.map(({ id }) => id));
  }
  return { forward, back, total: await storage.resources.count([target], caller.searching) };
}

describe('a code, dates and quantities in an order', () => {
  it('find what a naive reader finds, page by page, within the reach of the caller', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(
      rows,
      fc.array(asked, { minLength: 3, maxLength: 8 }),
      async (stored, queries) => {
        await storage.dataSource.query('TRUNCATE resource, resource_history');
        await storage.resources.write(stored.map((row, n) => system.update(observation(row), idOf(n))));
        for (const query of queries) {
          const all = naive(stored, query);
          expect(await walk(query, system)).toEqual({ forward: all, back: all, total: all.length });
          const own = naive(stored, query, 1);
          const reached = { forward: own, back: own, total: own.length };
          expect(await walk(query, patient('p1', 'patient/Observation.rs'))).toEqual(reached);
        }
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });
});

describe('dates in an order', () => {
  const stored: readonly Row[] = [
    ...texts,
    ...ofPeriods.map((start) => ({ start })),
    ...ofPeriods.map((end) => ({ end })),
    { start: '2010-02-28', end: '2010-03-01' },
    { start: '2010-03-01', end: '2010-03-02T01:00:00Z' },
    undefined,
  ].map((date) => ({ patient: 1, codings: [], date, value: 1 }));

  it.each(prefixes)('%s finds what a naive reader finds, whatever instant of a day is asked for', async (prefix) => {
    await storage.dataSource.query('TRUNCATE resource, resource_history');
    await storage.resources.write(stored.map((row, n) => system.update(observation(row), idOf(n))));
    for (const text of texts) {
      for (const sort of orders) {
        const query = { codes: [], dates: [{ prefix, text }], sort, count: 5 };
        const all = naive(stored, query);
        expect({ text, sort, ...(await walk(query, system)) }).toEqual({
          text,
          sort,
          forward: all,
          back: all,
          total: all.length,
        });
      }
    }
  });
});

describe('the form of the index', () => {
  const indexer = new ResourceIndexer(new SearchParameters(), { base, timeZone: 'UTC' });
  const hashes = (row: Omit<Row, 'value'>): readonly string[] => indexer.index(observation(row)).tokens;

  it('begins with the first code, and marks those after it', () => {
    const tokens = hashes({
      patient: 1,
      codings: ['y', 'x'].map((code) => ({ system: 'urn:a', code })),
      date: '2010-02-28',
    });
    expect(tokens[0]).toBe(hashToken(leadingEntry('code', 'y')));
    expect(tokens).toContain(hashToken(furtherEntry('code', 'x')));
    expect(tokens).not.toContain(hashToken(furtherEntry('code', 'y')));
    expect(tokens).not.toContain(hashToken(wideEntry('date')));
  });

  it.each([
    ['2010-02', true],
    [{ start: '2010-02-28' }, true],
    [{ end: '2010-02-28' }, true],
    [{ start: '2010-02-28', end: '2010-03-01' }, true],
    [{ start: '2010-02-28', end: '2010-02-28' }, false],
    ['2010-02-28T10:00:00Z', false],
    [undefined, false],
  ])('marks dates that span more than a day: %j', (date, isWide) => {
    const tokens = hashes({ patient: 1, codings: [], date });
    expect(tokens.includes(hashToken(wideEntry('date')))).toBe(isWide);
  });

  it('marks dates of several beginnings', () => {
    const r4 = new SearchParameters();
    const ofAll = { ...r4.find('Observation', 'date')!, expression: 'Observation.effective | Observation.issued' };
    const own = new SearchParameters([ofAll]);
    const tokens = (issued: string): readonly string[] =>
      new ResourceIndexer(own, settings).index({
        ...observation({ patient: 1, codings: [], date: '2010-02-28T10:00:00Z' }),
        issued,
      }).tokens;
    const mark = hashToken(wideEntry('date'));
    expect(tokens('2010-02-28T10:00:00Z')).not.toContain(mark);
    expect(tokens('2010-02-28T10:00:01Z')).toContain(mark);
  });

  it('has the dates at the places that its indexes were made for', () => {
    const slots = new SortSlots();
    const places = [...leadingValues].map(([type, { date }]) => [type, slots.numbers(type).get(date)] as const);
    expect(new Map(places)).toEqual(dateSlots);
  });
});
