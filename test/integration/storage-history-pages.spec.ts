// https://hl7.org/fhir/R4/http.html#history: who sees which versions, and on which page
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDateInterval } from '../../src/r4/search/values/date-interval.js';
import type { HistoryRequest } from '../../src/r4/search/query/history-request.js';
import type { HistoryPage, HistoryVersion } from '../../src/fhir/storage/reading/history-page.js';
import { isFull } from '../support/full.js';
import { anObservation, aPatient, type Caller, openStorage, patient, type Storage, system } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterEach(() => storage.dataSource.query('TRUNCATE resource, resource_history'));
afterAll(() => storage.close());

type Asked = Partial<HistoryRequest>;
type Level = 'instance' | 'type' | 'system';

const types = ['Device', 'Observation', 'Patient'];

function ask(caller: Caller, level: Level, asked: Asked = {}): Promise<HistoryPage> {
  const request = { count: 100, newestFirst: true, ...asked };
  if (level === 'instance') return storage.resources.history(caller.to('Observation', 'r'), 'a', request);
  const accesses = (level === 'type' ? ['Observation'] : types).map((type) => caller.to(type, 's'));
  return storage.resources.historyOfTypes(accesses, request);
}

const nameOf = ({ type, id, versionId }: Pick<HistoryVersion, 'type' | 'id' | 'versionId'>) =>
  `${type}/${id}/${versionId}`;
const namesOf = ({ rows }: Pick<HistoryPage, 'rows'>) => rows.map(nameOf);

let written = 0;
/** An update that changes nothing makes no version. */
const changed = () => ({ identifier: [{ value: String(written++) }] });
const put = (id: string, subject: string) =>
  storage.write(system.update({ ...anObservation(`Patient/${subject}`), ...changed() }, id));
const remove = (id: string) => storage.write(system.delete('Observation', id));
const levels = ['instance', 'type', 'system'] as const;

describe.each(levels)('versions at the level %s', (level) => {
  it('are judged one by one; none shows unless the resource is within reach now', async () => {
    await put('a', 'p2');
    await put('a', 'p1');
    expect(namesOf(await ask(patient('p1'), level))).toEqual(['Observation/a/2']);
    await put('a', 'p2');
    expect(namesOf(await ask(patient('p1'), level))).toEqual([]);
    expect(namesOf(await ask(patient('p2'), level))).toEqual(['Observation/a/3', 'Observation/a/1']);
    await remove('a');
    expect(namesOf(await ask(patient('p1'), level))).toEqual([]);
    expect(namesOf(await ask(patient('p2'), level))).toEqual(['Observation/a/4', 'Observation/a/3', 'Observation/a/1']);
  });

  it('tell a revival from an update on every page, unless the deletion is hidden', async () => {
    await put('a', 'p1');
    await remove('a');
    await put('a', 'p1');
    await put('a', 'p1');
    const revived = async (caller: Caller, count: number) => {
      const first = await ask(caller, level, { count });
      const second = await ask(caller, level, { count, after: first.rows.at(-1)! });
      return [...first.rows, ...second.rows].map((row) => row.revived);
    };
    for (const caller of [system, patient('p1')]) {
      expect(await revived(caller, 2)).toEqual([false, true, false, false]);
      expect(await revived(caller, 3)).toEqual([false, true, false, false]);
    }
    await storage.dataSource.query('TRUNCATE resource, resource_history');
    await put('a', 'p2');
    await remove('a');
    await put('a', 'p1');
    expect((await ask(system, level)).rows.map((row) => row.revived)).toEqual([true, false, false]);
    expect((await ask(patient('p1'), level)).rows.map((row) => row.revived)).toEqual([false]);
  });

  it('can be limited to those made since an instant', async () => {
    await put('a', 'p1');
    const { lastUpdated } = await put('a', 'p1');
    await put('a', 'p1');
    const { low, high } = parseDateInterval(lastUpdated, 'UTC')!;
    expect(namesOf(await ask(system, level, { since: low }))).toEqual(['Observation/a/3', 'Observation/a/2']);
    expect(namesOf(await ask(system, level, { since: high }))).toEqual(['Observation/a/3']);
    expect(namesOf(await ask(system, level, { since: low, newestFirst: false }))).toEqual([
      'Observation/a/2',
      'Observation/a/3',
    ]);
  });
});

describe.each(levels)('_at at the level %s', (level) => {
  const at = (low: string, high = low) => ({
    at: { low: parseDateInterval(low, 'UTC')!.low, high: parseDateInterval(high, 'UTC')!.high },
  });
  /** Versions 1, 2, 3 of a, made on the first of January, February and March. */
  async function life(...subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) await put('a', subject);
    for (const table of ['resource', 'resource_history']) {
      await storage.dataSource.query(
        `UPDATE ${table} SET updated = make_timestamptz(2024, version, 1, 0, 0, 0, 'UTC')`,
      );
    }
  }
  const found = async (caller: Caller, low: string, high = low) =>
    (await ask(caller, level, at(low, high))).rows.map(({ versionId }) => versionId);

  it('finds what was current at some time of the period', async () => {
    await life('p1', 'p1', 'p1');
    for (const caller of [system, patient('p1')]) {
      expect(await found(caller, '2023')).toEqual([]);
      expect(await found(caller, '2024-01-15')).toEqual([1]);
      expect(await found(caller, '2024-01-31', '2024-02-01')).toEqual([2, 1]);
      expect(await found(caller, '2024-02-01T00:00:00Z')).toEqual([2]);
      expect(await found(caller, '2024-02-28', '2024-02-28')).toEqual([2]);
      expect(await found(caller, '2024')).toEqual([3, 2, 1]);
      expect(await found(caller, '2025')).toEqual([3]);
    }
  });

  it('does not tell when a version was made that the caller does not see', async () => {
    await life('p1', 'p2', 'p1');
    expect(await found(system, '2024-02-15')).toEqual([2]);
    expect(await found(patient('p1'), '2024-02-15')).toEqual([1]);
    expect(await found(patient('p1'), '2024-03-15')).toEqual([3]);
  });
});

describe('an empty list of accesses', () => {
  it('finds nothing', async () => {
    await put('a', 'p1');
    expect((await storage.resources.historyOfTypes([], { count: 5, newestFirst: true })).rows).toEqual([]);
  });
});

describe('the total', () => {
  it('is that of all versions, where the caller sees all of one resource', async () => {
    for (let i = 0; i < 5; i++) await put('a', 'p1');
    expect(await ask(system, 'instance', { count: 2 })).toMatchObject({ total: 5 });
    expect(await ask(system, 'instance', { count: 2, since: '0' })).not.toHaveProperty('total');
    expect(await ask(patient('p1'), 'instance')).not.toHaveProperty('total');
    expect(await ask(system, 'type')).not.toHaveProperty('total');
  });
});

/** A write of a small world: some of one patient, some of the other; Patients stay. */
const writes = fc.record({
  what: fc.constantFrom('observation', 'observation', 'observation', 'device', 'delete'),
  id: fc.constantFrom('a', 'b', 'c'),
  subject: fc.constantFrom('p1', 'p1', 'p2'),
});
type Write = typeof writes extends fc.Arbitrary<infer W> ? W : never;

async function apply({ what, id, subject }: Write): Promise<void> {
  if (what === 'observation') await put(id, subject);
  else if (what === 'delete') await remove(id).catch(() => undefined);
  else {
    const device = { resourceType: 'Device', patient: { reference: `Patient/${subject}` }, ...changed() };
    await storage.write(system.update(device, id));
  }
}

/** Every version on every page, in the order of a walk to the end. */
async function walk(
  next: (page?: HistoryPage) => Promise<HistoryPage>,
  more: (page: HistoryPage) => boolean,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly HistoryPage[]> {
  const pages = [await next()];
  while (more(pages.at(-1)!)) {
    // Not for ever: read from the oldest, what is added is read too.
    if (pages.length < 5) await between();
    pages.push(await next(pages.at(-1)));
    if (pages.length > 200) throw new Error('The pages have no end.');
  }
  return pages;
}

describe('pages of any size and order', () => {
  it('hold every visible version exactly once, in order, forward and back, while others are written', async () => {
    const worlds = fc.record({
      before: fc.array(writes, { minLength: 1, maxLength: 14 }),
      count: fc.integer({ min: 1, max: 5 }),
      newestFirst: fc.boolean(),
      level: fc.constantFrom(...levels),
      caller: fc.constantFrom(system, patient('p1')),
    });
    const property = fc.asyncProperty(worlds, async ({ before, count, newestFirst, level, caller }) => {
      await storage.dataSource.query('TRUNCATE resource, resource_history');
      for (const id of ['p1', 'p2']) await storage.write(system.update(aPatient(), id));
      for (const write of before) await apply(write);
      const { rows } = await ask(caller, level, { newestFirst });
      expectOrder(rows, newestFirst);
      expect(namesOf({ rows }).toSorted()).toEqual((await visible(caller, level)).toSorted());

      const forward = await walk(
        (page) => ask(caller, level, { count, newestFirst, ...(page && { after: page.rows.at(-1)! }) }),
        (page) => page.hasNext,
        // Of what is seen already, and of something new.
        async () => {
          await storage.write(system.update({ ...aPatient(), ...changed() }, 'p1'));
          await put('new', 'p1');
        },
      );
      const known = new Set(namesOf({ rows }));
      const seen = (pages: readonly HistoryPage[]) => pages.flatMap(namesOf).filter((name) => known.has(name));
      expect(seen(forward)).toEqual(namesOf({ rows }));
      expect(forward.slice(0, -1).every((page) => page.rows.length === count)).toBe(true);

      const last = forward.at(-1)!.rows.at(0);
      if (!last) return;
      const backward = await walk(
        (page) => ask(caller, level, { count, newestFirst, before: page ? page.rows[0]! : last }),
        (page) => page.hasPrevious,
      );
      expect(seen([...backward.toReversed(), forward.at(-1)!])).toEqual(namesOf({ rows }));
    });
    await fc.assert(property, { numRuns: isFull ? 40 : 15, endOnFailure: true });
  });
});

function expectOrder(rows: readonly HistoryVersion[], newestFirst: boolean): void {
  const keys = rows.map(({ lastUpdated, type, id }) => [lastUpdated, type, id].join('\n'));
  const sorted = [...new Set(keys)].toSorted();
  expect(keys).toEqual(newestFirst ? sorted.toReversed() : sorted);
}

/** What vread shows: the same judgement by another statement. */
async function visible(caller: Caller, level: Level): Promise<readonly string[]> {
  const rows = await storage.dataSource.query<{ type: string; id: string; version: number }[]>(
    'SELECT type, id, version FROM resource UNION ALL SELECT type, id, version FROM resource_history',
  );
  const names: string[] = [];
  for (const { type, id, version } of rows) {
    if (level !== 'system' && type !== 'Observation') continue;
    if (level === 'instance' && id !== 'a') continue;
    const found = await storage.resources.findVersion(caller.to(type, 'r'), id, String(version));
    if (found) names.push(nameOf(found));
  }
  return names;
}
