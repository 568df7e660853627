import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aBundle, putting } from '../support/resources.js';
import { isFull } from '../support/full.js';
import { idsOf, type Limit } from './limit.js';
import type { Path } from './path.js';
import { paths } from './paths.js';
import { record } from './record.js';
import { Session } from './session.js';
import { canMove, hiddenIds, visibleIds, Worlds } from './world.js';

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

/** Of the rows that could take a path, one in so many does. */
const share = isFull ? 1 : 24;

/** The paths of each row. Every path is taken by some row, and all rows have the tests that are no paths. */
export function pathsByRow(
  limits: readonly Limit[],
  columns: readonly Path[],
  rowsOfPath = share,
): ReadonlyMap<Limit, readonly Path[]> {
  const taken = new Map<Limit, Path[]>(limits.map((limit) => [limit, []]));
  for (const [i, column] of columns.entries()) {
    const rows = limits.filter(({ brief }) => !(column.alike && brief && !column.always));
    const offset = i % Math.min(rowsOfPath, rows.length);
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
  describe.each(rows.map((limit) => [limit.name, limit] as const))('%s', (_name, limit) => {
    let pair: readonly Session[];
    beforeAll(async () => {
      await worlds.load(limit);
      pair = [new Session(worlds.a, limit), new Session(worlds.b, limit)];
    });

    if (!whole) testSides(limit, () => pair);
    testPaths(limit, () => pair, taken.get(limit)!);
  });
}

/** What the caller sees and may write, on both sides of the limit. */
function testSides(limit: Limit, pair: () => readonly Session[]): void {
  it('lets the caller see what is theirs', async () => {
    const { type, may } = limit;
    for (const id of visibleIds(limit)) {
      const [read, found] = await record(async (session) => {
        await session.get(`${type}/${id}`);
        await session.get(`${type}?_id=${id}`);
      }, pair());
      expect(/\n200\n.*"language":"own/s.test(read!), read).toBe(may.includes('r'));
      expect(/\n200\n.*"language":"own/s.test(found!), found).toBe(may.includes('s'));
    }
  });

  it('refuses at once what no scope permits', async () => {
    const { type, may } = limit;
    const [read, found] = await record(async (session) => {
      await session.get(`${type}/nobody-knows`);
      await session.get(type);
    }, pair());
    expect(/\n200\n/.test(found!)).toBe(may.includes('s'));
    if (!may.includes('s')) expect(found).toContain('\n403\n');
    if (!may.includes('r')) expect(read).toContain('\n403\n');
  });

  it('says of whatever is not found what lies within reach, in the same words', async () => {
    const { type, may } = limit;
    if (!may.includes('r') || hiddenIds(limit).length === 0) return;
    const ask = async (id: string) =>
      (await record((session) => session.get(`${type}/${id}`).then(() => undefined), pair()))[0]!.replaceAll(id, 'ID');
    const unknown = await ask('nobody-knows');
    const said = /\n404\n.*"severity":"information".*this token can read: .+ is answered as if it did not exist/s;
    // Another patient than that of the token is refused before anything is looked up.
    if (!unknown.includes('\n403\n')) expect(said.test(unknown), unknown).toBe(limit.namesNoLimit !== true);
    for (const id of hiddenIds(limit)) expect(await ask(id), id).toBe(unknown);
  });

  it('gives content back only to who may read it', async () => {
    const { type, may, own } = limit;
    const [answer] = await record(async (session) => {
      const headers = { prefer: 'return=representation' };
      await session.call('POST', type, { body: own('ignored')[0], headers });
    }, pair());
    const isCreated = /\n201\n/.test(answer!);
    expect(answer!.includes('"resourceType":"OperationOutcome"')).toBe(!isCreated);
    if (!may.includes('c')) expect(isCreated).toBe(false);
    // What may not be given back is not refused after it was written.
    else if (!may.includes('r')) expect(isCreated, answer).toBe(true);
    if (!isCreated) return;
    expect(answer!.includes(`"resourceType":"${type}"`), answer).toBe(may.includes('r'));
  });

  it('takes nothing that would lie outside', async () => {
    if (!canMove(limit) || limit.takesOutside) return;
    const { type, hidden } = limit;
    const [first] = idsOf(limit);
    const answers = await record(async (session) => {
      for (const outside of Object.values(hidden)) {
        await session.post(type, outside('ignored')[0]);
        await session.call('PUT', `${type}/${first}`, { body: outside(first!)[0] });
      }
    }, pair());
    expect(answers.filter((answer) => /\n20[01]\n/.test(answer))).toEqual([]);
  });

  it("takes nothing that is somebody else's to write", async () => {
    const { type, foreign = {} } = limit;
    const [first] = idsOf(limit);
    const answers = await record(async (session) => {
      for (const [kind, make] of Object.entries(foreign)) {
        await session.post(type, make('ignored')[0]);
        await session.call('PUT', `${type}/${first}`, { body: make(first!)[0] });
        await session.post('', aBundle('batch', putting(make(first!)[0])));
        // What is there already: seen, and as good as absent to who would write it.
        await session.call('PUT', `${type}/${kind}-there`, { body: limit.own(`${kind}-there`)[0] });
        await session.call('DELETE', `${type}/${kind}-there`);
        await session.get(`${type}/${kind}-there`);
      }
    }, pair());
    for (const answer of answers)
      expect(/\n20\d\n/.test(answer), answer).toBe(/^(?:GET|POST) (?:\w+\/.*-there)?\n/.test(answer));
    expect(answers.some((answer) => /"status":"20/.test(answer))).toBe(false);
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
