// https://hl7.org/fhir/R4/search.html#sort; docs/adr/0008
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import type { SearchRequest, SortRule } from '../../src/r4/search/query/search-request.js';
import { isFull } from '../support/full.js';
import { openStorage, patient, type Storage, system } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

/** The few values a row may have; none stands for a row without a value. */
interface Row {
  readonly days: readonly number[];
  readonly value?: number | undefined;
  readonly code?: string | undefined;
}

const few = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const rowOf = fc.record({
  days: fc.uniqueArray(fc.constantFrom(1, 2, 3), { maxLength: 2 }),
  value: few(-1.5, 0, 10, 9),
  code: few('a', 'B', 'b-c'),
});

const observation = ({ value, code, days: [first, last = first] }: Row): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  subject: { reference: 'Patient/p1' },
  code: code === undefined ? { text: 'x' } : { coding: [{ code }] },
  ...(value !== undefined && { valueQuantity: { value } }),
  ...(first !== undefined && {
    effectivePeriod: { start: `2024-01-0${Math.min(first, last!)}`, end: `2024-01-0${Math.max(first, last!)}` },
  }),
});

const lowest = <T>(values: readonly T[]): T | undefined => values.toSorted(byValue)[0];
const byValue = <T>(left: T, right: T): number => (left < right ? -1 : left > right ? 1 : 0);

/** What an independent reader of the rows sorts by. */
const keys: Readonly<Record<string, (row: Row) => string | number | undefined>> = {
  // A period sorts by its start, descending too.
  date: ({ days }) => lowest(days),
  'value-quantity': ({ value }) => value,
  code: ({ code }) => code?.toLowerCase(),
  subject: () => 'patient/p1',
};

const rulesOf = fc
  .uniqueArray(fc.constantFrom(...Object.keys(keys), '_id'), { maxLength: 4 })
  .chain((codes) => fc.tuple(...codes.map((by) => fc.record({ by: fc.constant(by), descending: fc.boolean() }))));

function naive(rows: ReadonlyMap<string, Row>, rules: readonly SortRule[]): readonly string[] {
  const tie = rules.at(-1)?.descending ? -1 : 1;
  return [...rows.keys()].toSorted((left, right) => {
    for (const { by, descending } of rules) {
      const read = (id: string) => (by === '_id' ? id : keys[by]!(rows.get(id)!));
      const [one, other] = [read(left), read(right)];
      if (one === other) continue;
      if (one === undefined) return 1;
      if (other === undefined) return -1;
      return byValue(one, other) * (descending ? -1 : 1);
    }
    return byValue(left, right) * tie;
  });
}

const idOf = (i: number): string => `o${i}`;

async function store(rows: ReadonlyMap<string, Row>): Promise<void> {
  await storage.dataSource.query('TRUNCATE resource, resource_history');
  await storage.resources.write([...rows].map(([id, row]) => system.update(observation(row), id)));
}

type Walk = Pick<SearchRequest, 'count' | 'until'> & { readonly sort: readonly SortRule[] };

async function page(asked: Walk, caller: typeof system, at: Partial<SearchRequest> = {}) {
  const target = { access: caller.to('Observation', 's'), criteria: [] };
  return storage.resources.search([target], { ...asked, ...at }, caller.searching);
}

/** All pages forward, then all back; `between` runs before each next page. */
async function walk(asked: Walk, caller: typeof system, between: () => Promise<void> = async () => undefined) {
  let found = await page(asked, caller);
  const forward = found.rows.map(({ id }) => id);
  while (found.hasNext) {
    await between();
    found = await page(asked, caller, { after: found.edges!.last });
    forward.push(...found.rows.map(({ id }) => id));
  }
  const back = found.rows.map(({ id }) => id);
  while (found.hasPrevious && found.edges) {
    found = await page(asked, caller, { before: found.edges.first });
    back.unshift(...found.rows.map(({ id }) => id));
  }
  return { forward, back };
}

describe('any sort', () => {
  it('is total, and its pages show every row exactly once, forward and back', async () => {
    const rowsOf = fc.array(rowOf, { minLength: 1, maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(rowsOf, rulesOf, fc.integer({ min: 1, max: 6 }), async (list, sort, count) => {
        const rows = new Map(list.map((row, i) => [idOf(i), row]));
        await store(rows);
        const expected = naive(rows, sort);
        for (const caller of [system, patient('p1')]) {
          expect(await walk({ sort, count }, caller)).toEqual({ forward: expected, back: expected });
        }
      }),
      { numRuns: isFull ? 60 : 30 },
    );
  });

  it('shows unchanged rows exactly once, and others once at most, while these are written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rowOf, { minLength: 8, maxLength: 12 }),
        fc.array(rowOf, { minLength: 12, maxLength: 12 }),
        rulesOf,
        async (list, others, sort) => {
          const rows = new Map(list.map((row, i) => [idOf(i), row]));
          await store(rows);
          // Versions have times of whole milliseconds.
          await delay(2);
          const until = new Date().toISOString();
          await delay(2);
          let i = 0;
          const change = async (): Promise<void> => {
            const id = idOf((i % Math.floor(list.length / 2)) * 2 + 1);
            const row = others[i++ % others.length]!;
            await storage.write(i % 3 === 0 ? system.delete('Observation', id) : system.update(observation(row), id));
          };
          const { forward } = await walk({ sort, count: 2, until }, system, change);
          expect(new Set(forward).size).toBe(forward.length);
          const still = [...rows.keys()].filter((id) => Number(id.slice(1)) % 2 === 0);
          expect(forward.filter((id) => still.includes(id))).toEqual(
            naive(new Map(still.map((id) => [id, rows.get(id)!])), sort),
          );
        },
      ),
      { numRuns: isFull ? 25 : 12 },
    );
  });

  it('ignores case and accents, and counts the lowest value upwards and the highest downwards', async () => {
    const names: readonly (readonly string[])[] = [['Zed', 'Ähre'], ['ahorn'], ['AHRENS', 'Birke'], [], ['Éclair']];
    await storage.resources.write(
      names.map((list, i) =>
        system.update({ resourceType: 'Patient', name: list.map((family) => ({ family })) }, `n${i}`),
      ),
    );
    const target = { access: system.to('Patient', 's'), criteria: [] };
    const sorted = async (descending: boolean) => {
      const sort = [{ by: 'family', descending }];
      return (await storage.resources.search([target], { sort, count: 10 }, system.searching)).rows.map(({ id }) => id);
    };
    expect(await sorted(false)).toEqual(['n1', 'n0', 'n2', 'n4', 'n3']);
    expect(await sorted(true)).toEqual(['n0', 'n4', 'n2', 'n1', 'n3']);
  });
});
