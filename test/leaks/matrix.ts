import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import type { Limit } from './limit.js';
import type { Path } from './path.js';
import { paths } from './paths.js';
import { record } from './record.js';
import { Session } from './session.js';
import { sidesOf } from './sides.js';
import { hiddenIds, visibleIds, Worlds } from './world.js';

export interface MatrixOptions {
  /** Of both servers. */
  readonly settings?: Readonly<Record<string, string>>;
  /** All paths unless given. */
  readonly only?: readonly Path[];
  /** Every row takes every path, and nothing else: its limit has the other tests in the matrix of its kind. */
  readonly whole?: true;
}

/** Matrices that share the paths in `npm test`: each path is taken in one of them. */
export const sharers = ['compartments', 'policies', 'scopes', 'withheld'] as const;

/** The paths of one of them: all in `npm run test:full`. */
export const pathsOf = (matrix: (typeof sharers)[number], isWhole = isFull): readonly Path[] =>
  isWhole ? paths : paths.filter((_, i) => i % sharers.length === sharers.indexOf(matrix));

/** `LEAKS_PART=2/3`: of `npm run test:full` the second third of the pairs of row and path; three runs take all of them, as CI does. */
const [part = 1, parts = 1] = (process.env['LEAKS_PART'] ?? '1/1').split('/').map(Number);

/** Of the rows that could take a path, one in so many does. */
const share = isFull ? parts : 48;

/** The paths of each row. Every path is taken by some row, and all rows have the tests that are no paths. */
export function pathsByRow(
  limits: readonly Limit[],
  columns: readonly Path[],
  rowsOfPath = share,
  turn = part - 1,
): ReadonlyMap<Limit, readonly Path[]> {
  const taken = new Map<Limit, Path[]>(limits.map((limit) => [limit, []]));
  for (const [i, column] of columns.entries()) {
    const rows = limits.filter(({ brief }) => !(column.alike && brief && !column.always));
    const offset = (i + turn) % Math.min(rowsOfPath, rows.length);
    for (const [j, limit] of rows.entries()) if (j % rowsOfPath === offset) taken.get(limit)!.push(column);
  }
  return taken;
}

/** Each limit is a row, each path a column. Hidden data differs between the two worlds, everything else is the same. */
export function testMatrix(limits: readonly Limit[], { settings = {}, only = paths, whole }: MatrixOptions = {}): void {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await Worlds.start(
      limits.flatMap(({ features = [] }) => features),
      settings,
    );
  });
  afterAll(() => worlds.close());

  const taken = pathsByRow(limits, only, whole ? 1 : share);
  const rows = limits.filter((limit) => !whole || taken.get(limit)!.length > 0);
  describe.each(rows.map((limit, row) => [limit.name, limit, row] as const))('%s', (_name, limit, row) => {
    let pair: readonly Session[];
    beforeAll(async () => {
      await worlds.load(limit);
      pair = [new Session(worlds.a, limit), new Session(worlds.b, limit)];
    });

    it.each(whole ? [] : sidesOf(limit, row))('%s', async (_side, test) => {
      await expect(test(limit, pair)).resolves.toBeUndefined();
    });
    testPaths(limit, () => pair, taken.get(limit)!);
  });
}

function testPaths(limit: Limit, pair: () => readonly Session[], columns: readonly Path[]): void {
  for (const { name, byId, whole, alike = false } of columns) {
    it(`tells nothing by ${name}`, async () => {
      if (whole) await record(whole, pair());
      if (!byId) return;
      const ask = async (id: string) =>
        (await record((session) => byId(session, id), pair())).map((answer) => withoutId(answer, id));
      const unknown = await ask('nobody-knows');
      for (const id of alike ? oneOf(hiddenIds(limit), name) : hiddenIds(limit))
        expect(await ask(id), id).toEqual(unknown);
      for (const id of visibleIds(limit).filter((_, i) => i === 0 || (i !== 1 && !alike))) await ask(id);
    });
  }
}

/** Where something is in a line of the body follows from the length of the ids before it. */
const withoutId = (answer: string, id: string): string =>
  answer.replaceAll(id, 'ID').replaceAll(/(operationoutcome-issue-col"\D{1,30})\d+/g, '$1');

/** Another one for each name, so that together the paths see every kind. */
const oneOf = (ids: readonly string[], name: string): readonly string[] =>
  ids.filter((_, i) => i === name.length % ids.length);
