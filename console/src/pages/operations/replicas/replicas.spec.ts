import { describe, expect, it } from 'vitest';
import { differing, megabytes, type Replica } from './replicas.js';

const load = {
  requestsPerSecond: 0,
  eventLoopDelay: 0,
  poolInUse: 0,
  poolSize: 10,
  poolWaiting: 0,
  memory: 0,
};
const of = (version: string, state = 'ok'): Replica => ({
  id: version,
  host: 'a',
  pid: 1,
  version,
  migration: 'A1',
  state,
  load,
  started: '',
  seen: '',
  answers: false,
});
const version = ({ version: one }: Replica): string => one;

describe('versions of replicas', () => {
  it('are pointed out where they differ, in their order', () => {
    expect(differing([of('0.10.0'), of('0.9.0'), of('0.10.0')], version)).toEqual(['0.9.0 (1)', '0.10.0 (2)']);
  });

  it('are no difference where all are equal, or another one is lost', () => {
    expect(differing([of('1.0.0'), of('1.0.0'), of('0.9.0', 'lost')], version)).toEqual([]);
    expect(differing([], version)).toEqual([]);
  });
});

it('memory is told in MB', () => {
  expect(megabytes(123_456_789)).toBe(123);
});
