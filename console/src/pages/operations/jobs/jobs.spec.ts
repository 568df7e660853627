import { describe, expect, it } from 'vitest';
import { hasFailed, type Job, kindKey, percentOf } from './jobs.js';

const job: Job = {
  id: 'j1',
  kind: 'export',
  operation: '$export',
  requester: 'client robot',
  state: 'running',
  status: null,
  progress: null,
  created: '2026-01-01T00:00:00Z',
  resources: 1,
  bytes: 10,
  totalResources: 3,
};

describe('a job', () => {
  it.each([
    [{}, 33],
    [{ totalResources: null }, undefined],
    [{ totalResources: 0 }, undefined],
    [{ state: 'waiting' as const }, undefined],
    // Its last moments are not its end.
    [{ resources: 3 }, 99],
    [{ resources: 9 }, 99],
  ])('with %j is at %s percent', (change, percent) => {
    expect(percentOf({ ...job, ...change })).toBe(percent);
  });

  it('has failed by the status of its answer', () => {
    expect([null, 200, 500].map((status) => hasFailed({ status }))).toEqual([false, false, true]);
  });
});

it('a kind of index job that is not known has no words', () => {
  expect([kindKey('form'), kindKey('toString')]).toEqual(['jobs.kind.form', undefined]);
});
