// docs/adr/0084-import.md: what one transaction stores
import { describe, expect, it } from 'vitest';
import { inGroups, type ReadItems } from './import-groups.js';
import type { ImportedItem } from './importer.js';

const resource = (id: string): ImportedItem => ({
  resource: { resourceType: 'Patient', id },
  address: `Patient/${id}`,
  place: id,
});

async function groupsOf(lines: readonly ReadItems[], most: number): Promise<string[][]> {
  const groups: string[][] = [];
  async function* all() {
    yield* lines;
  }
  for await (const group of inGroups(all(), most)) groups.push(group.map(({ place }) => place));
  return groups;
}
const line = (...ids: string[]): ReadItems => ({ items: ids.map(resource), characters: 10 });

describe('a group', () => {
  it('has so many items at most, and keeps their order', async () => {
    expect(await groupsOf([line('a'), line('b', 'c'), line('d')], 2)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('has each resource once', async () => {
    expect(await groupsOf([line('a'), line('b'), line('a', 'c')], 10)).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
  });

  it('ends where its content is large', async () => {
    expect(await groupsOf([{ ...line('a'), characters: 9_000_000 }, line('b')], 10)).toEqual([['a'], ['b']]);
  });

  it('is of what came before the lines fail', async () => {
    async function* failing() {
      yield line('a');
      throw new Error('It stopped.');
    }
    const groups = inGroups(failing(), 10);
    expect((await groups.next()).value).toHaveLength(1);
    await expect(groups.next()).rejects.toThrow('It stopped.');
  });

  it('is not made of nothing', async () => expect(await groupsOf([], 10)).toEqual([]));
});
