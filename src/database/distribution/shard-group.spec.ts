import { expect, it } from 'vitest';
import { isGivenAway, ShardGroup } from './shard-group.js';
import { tablesNamed } from './tables-named.js';

const group = new ShardGroup({ shard: 102_008, shards: { resource: 102_008, job: 102_040 } });
const withShards = (text: string): string | undefined => group.textOf(text, tablesNamed(text) ?? []);

it('names shards in the place of tables, which go on to be called as they were', () => {
  expect(withShards('SELECT r.tenant, job.id FROM resource AS r JOIN job ON true -- read')).toMatch(
    /^SELECT \* FROM \(SELECT r\.tenant, job\.id FROM resource_102008 AS r JOIN job_102040 AS job ON true -- read\n\) AS here OFFSET /,
  );
});

it('asks the node whether it has the shards, and leaves alone what names no table of theirs', () => {
  expect(withShards('SELECT 1 FROM job')).toContain('WHERE shardid = 102008)');
  expect(withShards('SELECT 1')).toBeUndefined();
  expect(withShards('SELECT 1 FROM toString, other')).toBeUndefined();
});

it('knows when a node has given them away', () => {
  const failure = (code: string, message = '') => Object.assign(new Error(message), { code });
  expect(isGivenAway(failure('42P01'))).toBe(true);
  expect(isGivenAway(failure('22P02', 'invalid input syntax for type bigint: "the shard is given away"'))).toBe(true);
  expect(isGivenAway(failure('22P02', 'invalid input syntax for type bigint: "x"'))).toBe(false);
  expect(isGivenAway(new Error('the shard is given away'))).toBe(false);
});

it('has another key than a group with other shards', () => {
  const others = [{ resource: 102_008 }, { resource: 102_008, job: 102_041 }];
  const keys = others.map((shards) => new ShardGroup({ shard: 102_008, shards }).key);
  expect(new Set([group.key, ...keys]).size).toBe(3);
});
