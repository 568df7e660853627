import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallerGone, CallerShares, NoConnection } from './caller-shares.js';

const flood = { key: 'flood' };
const take = (shares: CallerShares, { key } = flood): void => void shares.enter({ key });
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

/** A client that can go away. Its call cannot be taken back: it may be on its way already. */
function aClient() {
  let callBack = (): void => undefined;
  return {
    whenGone: (gone: () => void) => {
      callBack = gone;
      return () => undefined;
    },
    leave: () => callBack(),
  };
}

describe('shares of callers (ADR 48)', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const shares = (pool = 10, share = 0.5, queue = 20) => new CallerShares({ pool, share, queue });

  it.each([
    [1, 0.5, 1, 1],
    [2, 0.5, 1, 1],
    [5, 0.5, 4, 2],
    [10, 0.5, 8, 4],
    [10, 1, 8, 8],
    [100, 0.1, 80, 8],
  ])('of a pool of %i and a share of %d: requests have %i connections, one caller %i', (pool, share, places, most) => {
    const { places: are, most: isMost } = shares(pool, share);
    expect([are, isMost]).toEqual([places, most]);
  });

  it('a caller holds no more than its share, and others have the rest at once', () => {
    const all = shares();
    const own = Array.from({ length: 6 }, () => all.enter(flood));
    expect(own.map((one) => one === undefined)).toEqual([true, true, true, true, false, false]);
    for (const key of ['a', 'b', 'c', 'd']) expect(all.enter({ key })).toBeUndefined();
  });

  it('the last connection is for a caller that has none', () => {
    const all = shares();
    for (let i = 0; i < 4; i++) take(all);
    for (let i = 0; i < 3; i++) expect(all.enter({ key: 'second' })).toBeUndefined();
    expect(all.enter({ key: 'second' })).toBeInstanceOf(Promise);
    expect(all.enter({ key: 'third' })).toBeUndefined();
  });

  it('whose share is all of them, one caller has them all', () => {
    const all = shares(10, 1);
    expect(Array.from({ length: 9 }, () => all.enter(flood) === undefined)).toEqual([...Array(8).fill(true), false]);
  });

  it('heavy statements count more: one runs, and the caller has a place for a light one beside it', async () => {
    const all = shares();
    const deep = { ...flood, weight: 9 };
    expect(all.enter(deep)).toBeUndefined();
    const waiting = all.enter(deep);
    expect(waiting).toBeInstanceOf(Promise);
    expect(all.enter(flood)).toBeUndefined();
    const light = all.enter(flood);
    expect(light).toBeInstanceOf(Promise);
    all.leave(flood);
    await light;
    all.leave(deep);
    await waiting;
    expect([all.waiting, all.enter({ key: 'other' })]).toEqual([0, undefined]);
    for (const one of [deep, flood, { key: 'other' }]) all.leave(one);
    expect(Array.from({ length: 5 }, () => all.enter(flood) === undefined)).toEqual([true, true, true, true, false]);
  });

  it('those who wait are served in turns, whoever came first', async () => {
    const all = shares(2);
    take(all);
    const served: string[] = [];
    for (const key of ['flood', 'flood', 'flood', 'a', 'b', 'a'])
      void all.enter({ key })?.then(() => void served.push(key));
    for (const key of ['flood', 'flood', 'a', 'b', 'flood', 'a']) {
      all.leave({ key });
      await settled();
    }
    expect([...served].toSorted()).toEqual(['a', 'a', 'b', 'flood', 'flood', 'flood']);
    expect(served.slice(0, 3).toSorted()).toEqual(['a', 'b', 'flood']);
  });

  it('a caller who has its share is refused for that after five seconds, and at once beyond its part of the queue', async () => {
    const all = shares(10, 0.5, 4);
    for (let i = 0; i < 4; i++) take(all);
    const [first, second] = [all.enter(flood), all.enter(flood)];
    await expect(all.enter(flood)).rejects.toMatchObject({ shortage: 'caller-share', most: 4 });
    const refused = Promise.allSettled([first, second]);
    await vi.advanceTimersByTimeAsync(5000);
    expect((await refused).map((one) => one.status === 'rejected' && (one.reason as NoConnection).shortage)).toEqual([
      'caller-share',
      'caller-share',
    ]);
    expect([all.waiting, all.refused['caller-share']]).toEqual([0, 3]);
  });

  it('one who has nothing is told that the server is busy', async () => {
    const all = shares(2);
    take(all);
    const refused = Promise.allSettled([all.enter({ key: 'other' })]);
    await vi.advanceTimersByTimeAsync(5000);
    expect((await refused)[0]).toMatchObject({ status: 'rejected', reason: { shortage: 'database-queue' } });
  });

  it('a client that went away no longer waits, and nothing is kept of callers without work', async () => {
    const all = shares(2);
    take(all);
    const { whenGone, leave } = aClient();
    const waiting = all.enter({ key: 'gone', whenGone });
    leave();
    await expect(waiting).rejects.toThrow(CallerGone);
    all.leave(flood);
    expect([all.waiting, all.size]).toEqual([0, 0]);
  });

  it('a client that is known to be gone only after its statement was served does not count twice', async () => {
    const all = shares(2);
    take(all);
    const { whenGone, leave } = aClient();
    const served = all.enter({ key: 'gone', whenGone });
    all.leave(flood);
    leave();
    await served;
    expect(all.waiting).toBe(0);
    const next = all.enter({ key: 'next' });
    all.leave({ key: 'gone' });
    await next;
    all.leave({ key: 'next' });
    expect([all.waiting, all.size]).toEqual([0, 0]);
  });

  it('nothing is kept of callers who are refused because the queue is full', async () => {
    const all = shares(2, 1, 1);
    take(all);
    const waiting = all.enter({ key: 'waits' });
    for (let i = 0; i < 100; i++)
      await expect(all.enter({ key: `late-${i}` })).rejects.toMatchObject({ shortage: 'database-queue' });
    expect(all.size).toBe(2);
    all.leave(flood);
    await waiting;
    all.leave({ key: 'waits' });
    expect(all.size).toBe(0);
  });

  it('whatever comes in whatever order, no more than the places are held, and all of them come free again', async () => {
    const all = shares(7, 0.4, 1000);
    let held = 0;
    let most = 0;
    const work = async (key: string, turns: number): Promise<void> => {
      await all.enter({ key });
      most = Math.max(most, ++held);
      for (let i = 0; i < turns; i++) await Promise.resolve();
      held--;
      all.leave({ key });
    };
    await Promise.all(Array.from({ length: 500 }, (_, i) => work(`caller-${(i * 7) % 11}`, (i * 13) % 5)));
    expect([held, all.waiting, all.size]).toEqual([0, 0, 0]);
    expect(most).toBe(all.places);
  });
});

describe('shares of tenants, and of callers within them (ADR 159)', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const [calm, loud] = [2, 3];
  /** Each of them another caller of the loud tenant. */
  const crowd = (all: CallerShares, count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => all.enter({ key: `user-${from + i}` }, loud));
  /** After both tenants have asked. */
  function shared(pool: number, share = 0.5, queue = 20): CallerShares {
    const all = new CallerShares({ pool, share, queue });
    for (const tenant of [calm, loud]) {
      void all.enter({ key: 'once' }, tenant);
      all.leave({ key: 'once' }, tenant);
    }
    return all;
  }

  it('a tenant that is alone has all connections', () => {
    const all = new CallerShares({ pool: 10, share: 0.5, queue: 20 });
    expect(crowd(all, 9).filter((one) => one === undefined)).toHaveLength(8);
  });

  it('the last connection is for a tenant that has none, however many callers another one has', () => {
    const all = shared(10);
    expect(crowd(all, 9).filter((one) => one === undefined)).toHaveLength(7);
    expect(all.enter({ key: 'a' }, calm)).toBeUndefined();
  });

  it('of two tenants with the same caller, each has a share of its own', () => {
    const all = shared(10);
    const mine = Array.from({ length: 5 }, () => all.enter(flood, loud));
    expect(mine.filter((one) => one === undefined)).toHaveLength(4);
    expect(all.enter(flood, calm)).toBeUndefined();
  });

  it('those who wait are served in turns of tenants, however many callers one has', async () => {
    const all = shared(5);
    void crowd(all, 3);
    void all.enter({ key: 'a' }, calm);
    const served: string[] = [];
    for (let i = 0; i < 6; i++) void all.enter({ key: `late-${i}` }, loud)?.then(() => served.push('loud'));
    for (const key of ['a', 'b']) void all.enter({ key }, calm)?.then(() => served.push('calm'));
    for (let i = 0; i < 3; i++) {
      all.leave({ key: `user-${i}` }, loud);
      await settled();
    }
    // The first of the three is kept for a tenant that has none.
    expect(served.toSorted()).toEqual(['calm', 'loud']);
  });

  it('the queue has room for others, however many callers of one tenant wait', async () => {
    const all = shared(5, 0.5, 8);
    void crowd(all, 3);
    const waiting = crowd(all, 4, 3);
    expect(waiting.every((one) => one instanceof Promise)).toBe(true);
    await expect(crowd(all, 1, 7)[0]).rejects.toMatchObject({ shortage: 'database-queue' });
    void all.enter({ key: 'a' }, calm);
    const late = all.enter({ key: 'b' }, calm);
    expect([late instanceof Promise, all.waiting]).toEqual([true, 5]);
    const refused = Promise.allSettled([...waiting, late]);
    await vi.advanceTimersByTimeAsync(5000);
    await refused;
    expect(all.waiting).toBe(0);
  });

  it('whatever comes in whatever order, no more than the places are held, and all of them come free again', async () => {
    const all = shared(7, 0.4, 1000);
    let [held, most] = [0, 0];
    const work = async (i: number): Promise<void> => {
      const [key, tenant] = [`caller-${(i * 7) % 11}`, i % 3];
      await all.enter({ key, weight: 1 + (i % 2) }, tenant);
      most = Math.max(most, ++held);
      for (let turn = 0; turn < (i * 13) % 5; turn++) await Promise.resolve();
      held--;
      all.leave({ key, weight: 1 + (i % 2) }, tenant);
    };
    await Promise.all(Array.from({ length: 500 }, (_, i) => work(i)));
    expect([held, all.waiting, all.size]).toEqual([0, 0, 0]);
    expect(most).toBe(all.places);
  });
});
