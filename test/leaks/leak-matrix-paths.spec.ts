import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';
import { compartmentLimits } from './compartment-limits.js';
import { pathsByRow, pathsOf, sharers } from './matrix.js';
import { paths } from './paths.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

describe('the list of paths', () => {
  it('has every interaction, operation and search parameter that /metadata declares', async () => {
    const { body } = await server.call('GET', 'metadata');
    const [rest] = body.rest;
    const codes = (list: readonly { code: string }[] = []) => list.map(({ code }) => code);
    const names = (mark: string, list: readonly { name: string }[] = []) => list.map(({ name }) => mark + name);
    const declared = new Set<string>([...codes(rest.interaction), ...names('$', rest.operation)]);
    for (const one of rest.resource) {
      for (const item of [...codes(one.interaction), ...names('?', one.searchParam), ...names('$', one.operation)])
        declared.add(item);
    }
    const covered = new Set(paths.flatMap(({ covers }) => covers));
    expect([...declared].filter((item) => !covered.has(item))).toEqual([]);
    expect(declared.size).toBeGreaterThan(10);
  });

  it('is shared by the four matrices, and each has all of it in npm run test:full', () => {
    const byName = (left: { name: string }, right: { name: string }) => (left.name < right.name ? -1 : 1);
    const shared = sharers.flatMap((matrix) => pathsOf(matrix, false));
    expect(shared.toSorted(byName)).toEqual(paths.toSorted(byName));
    for (const matrix of sharers) expect(pathsOf(matrix, true)).toEqual(paths);
  });

  it('is taken a third at a time, and whole after three turns', () => {
    const all = pathsByRow(compartmentLimits, paths, 1, 0);
    const turns = [0, 1, 2].map((turn) => pathsByRow(compartmentLimits, paths, 3, turn));
    for (const limit of compartmentLimits) {
      const names = turns.flatMap((turn) => turn.get(limit)!).map(({ name }) => name);
      const everyName = all.get(limit)!.map(({ name }) => name);
      expect([limit.name, names.toSorted()]).toEqual([limit.name, everyName.toSorted()]);
    }
  });
});
