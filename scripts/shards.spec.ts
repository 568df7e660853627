// `.ci/run` takes another part of `npm run test:full` for each commit
import { expect, it } from 'vitest';
import type { TestSpecification, Vitest } from 'vitest/node';
import { LongFilesFirst } from '../test/support/long-files-first.js';

const fileOf = (name: string): TestSpecification =>
  ({ moduleId: `/test/${name}.spec.ts`, project: { name: 'server' } }) as TestSpecification;

const partOf = (files: readonly TestSpecification[], index: number, count: number): Promise<TestSpecification[]> =>
  new LongFilesFirst({ config: { shard: { index, count } } } as Vitest).shard([...files]);

it('parts are all files, each once, whatever their order was, and share the long ones', async () => {
  const names = ['reads', 'console-hardships', 'writes', 'oracle', 'leak-matrix-scopes', 'stall', 'recipes'];
  const files = names.map(fileOf);
  const parts = [await partOf(files, 1, 2), await partOf(files.toReversed(), 2, 2)];
  expect(parts.flat().toSorted((a, b) => a.moduleId.localeCompare(b.moduleId))).toEqual(names.toSorted().map(fileOf));
  const long = parts.map((part) => part.slice(0, 2).map(({ moduleId }) => moduleId));
  expect(long).toEqual([
    ['/test/console-hardships.spec.ts', '/test/oracle.spec.ts'],
    ['/test/leak-matrix-scopes.spec.ts', '/test/stall.spec.ts'],
  ]);
});
