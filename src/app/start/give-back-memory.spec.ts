import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { giveBackMemory } from './give-back-memory.js';

const megabyte = 1024 * 1024;

it('gives back what nobody holds any more, and the room of young objects', async () => {
  let lists: number[][] | undefined = [];
  for (let n = 0; n < 200; n++) lists.push(Array.from({ length: 20_000 }, (_, i) => i + n + 0.5));
  expect(lists).toHaveLength(200);
  const before = getHeapStatistics().total_heap_size;
  lists = undefined;
  await giveBackMemory();
  expect(before - getHeapStatistics().total_heap_size).toBeGreaterThan(20 * megabyte);
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  expect(young?.space_size).toBeLessThanOrEqual(2 * megabyte);
});

it('can be asked again', async () => {
  await expect(giveBackMemory().then(giveBackMemory)).resolves.toBeUndefined();
});
