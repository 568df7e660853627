import { describe, expect, it } from 'vitest';
import { listReplicas } from './list-replicas.js';

const load = { requestsPerSecond: 1, eventLoopDelay: 2, poolInUse: 3, poolSize: 10, poolWaiting: 0, memory: 5 };
const of = (id: string) => ({
  id,
  host: `pod-${id}`,
  pid: 1,
  version: '1.0.0',
  migration: 'A1700000066000',
  state: 'ok',
  load,
});
const seen = (id: string, silentFor: number) => ({
  ...of(id),
  started: new Date('2026-01-01T00:00:00Z'),
  seen: new Date('2026-01-01T10:00:00Z'),
  silentFor,
});

describe('replicas', () => {
  it('are lost after three signs of life that did not come', () => {
    const found = listReplicas([seen('a', 9), seen('b', 30), seen('c', 31)], undefined);
    expect(found.map(({ id, state }) => [id, state])).toEqual([
      ['a', 'ok'],
      ['b', 'ok'],
      ['c', 'lost'],
    ]);
    expect(found[2]).toMatchObject({ started: '2026-01-01T00:00:00.000Z', seen: '2026-01-01T10:00:00.000Z' });
  });

  it('have the one that answers among them, alive whatever could be stored of it', () => {
    const [a, b] = listReplicas([seen('a', 100), seen('b', 1)], { ...of('a'), state: 'degraded', uptime: 60 });
    expect(a).toMatchObject({ id: 'a', state: 'degraded', answers: true, started: '2026-01-01T00:00:00.000Z' });
    expect(b).toMatchObject({ id: 'b', answers: false });
    const [, own] = listReplicas([seen('b', 1)], { ...of('a'), uptime: 60 });
    expect(Date.parse(own!.seen) - Date.parse(own!.started)).toBe(60_000);
    expect(Object.keys(own!)).not.toContain('uptime');
  });
});
