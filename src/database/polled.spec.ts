import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isTrusted, Polled } from './polled.js';

const pace = { every: 1_500, trustedFor: 4_000 };

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe('what the database is asked again and again', () => {
  it('is believed from when the question was asked, and no longer than it may be', async () => {
    const polled = new Polled(() => new Promise((resolve) => setTimeout(resolve, 3_000)), {
      failed: () => undefined,
      pace,
    });
    expect(polled.isBelieved).toBe(false);
    const looked = polled.lookNow();
    await vi.advanceTimersByTimeAsync(3_000);
    await looked;
    expect(polled.isBelieved).toBe(true);
    await vi.advanceTimersByTimeAsync(999);
    expect(polled.isBelieved).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(polled.isBelieved).toBe(false);
  });

  it('is withdrawn while a look hangs, each turn until one has ended', async () => {
    const ends: (() => void)[] = [];
    const distrusted = vi.fn<() => void>();
    const polled = new Polled(() => new Promise((resolve) => ends.push(resolve)), {
      failed: () => undefined,
      distrusted,
      pace,
    });
    const started = polled.start();
    ends[0]!();
    await started;
    await vi.advanceTimersByTimeAsync(3_000);
    expect([distrusted.mock.calls.length, ends.length]).toEqual([0, 2]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect([distrusted.mock.calls.length, ends.length]).toEqual([2, 2]);
    ends[1]!();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(ends.length).toBe(3);
    ends[2]!();
    await polled.stop();
  });

  it('goes on after a look that failed, and says so', async () => {
    const failed = vi.fn<(error: unknown) => void>();
    const look = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue(undefined);
    const polled = new Polled(look, { failed });
    polled.watch();
    await vi.advanceTimersByTimeAsync(4_000);
    expect([failed.mock.calls.length, look.mock.calls.length, polled.isBelieved]).toEqual([1, 2, true]);
    await polled.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('is looked up once for all who ask at the same time', async () => {
    const look = vi.fn<() => Promise<void>>().mockResolvedValue(undefined);
    const polled = new Polled(look, { failed: () => undefined });
    await Promise.all([polled.lookNow(), polled.lookNow(), polled.refresh()]);
    expect([look.mock.calls.length, polled.refresh()]).toEqual([1, undefined]);
  });
});

describe('what is watched by the poll for changes', () => {
  /** `seen`: what the poll last found. */
  const watching = () => {
    const poll = { seen: undefined as { askedAt: number; state: string } | undefined, wake: (): void => undefined };
    const look = vi.fn<() => Promise<void>>().mockResolvedValue(undefined);
    const confirmed = vi.fn<(askedAt: number) => void>();
    const watch = (_: unknown, changed: () => void) => {
      poll.wake = changed;
      return {
        stop: async () => undefined,
        get seen() {
          return poll.seen;
        },
      };
    };
    const settled = { isUnsettled: false };
    const polled = new Polled(look, {
      failed: () => undefined,
      changes: { poll: { watch } as never, subjects: ['policies'], confirmed, isUnsettled: () => settled.isUnsettled },
    });
    const see = (state: string): void => void (poll.seen = { askedAt: performance.now(), state });
    return { poll, look, confirmed, polled, see, settled };
  };

  it('is confirmed while nothing changes, and looked up once it has', async () => {
    const { poll, look, confirmed, polled, see } = watching();
    await polled.start();
    see('1');
    await vi.advanceTimersByTimeAsync(2_000);
    expect([look.mock.calls.length, confirmed.mock.calls.length]).toEqual([2, 0]);
    for (let i = 0; i < 5; i++) {
      see('1');
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect([look.mock.calls.length, confirmed.mock.calls.length, polled.isBelieved]).toEqual([2, 5, true]);
    see('2');
    poll.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(look).toHaveBeenCalledTimes(3);
    await polled.stop();
  });

  it('is looked up by itself while the poll finds nothing, and once nothing is believed', async () => {
    const { poll, look, polled, see } = watching();
    see('1');
    await polled.start();
    see('1');
    await vi.advanceTimersByTimeAsync(2_000);
    const before = look.mock.calls.length;
    poll.seen = undefined;
    await vi.advanceTimersByTimeAsync(4_000);
    expect(look.mock.calls.length - before).toBe(2);
    look.mockRejectedValue(new Error('away'));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(polled.isBelieved).toBe(false);
    // A state that is equal again may hide changes in between.
    look.mockResolvedValue(undefined);
    see('1');
    look.mockClear();
    await vi.advanceTimersByTimeAsync(2_000);
    expect([look.mock.calls.length, polled.isBelieved]).toEqual([1, true]);
    await polled.stop();
  });

  it('is looked up each turn while it depends on more than the rows', async () => {
    const { look, polled, see, settled } = watching();
    settled.isUnsettled = true;
    await polled.start();
    for (let i = 0; i < 3; i++) {
      see('1');
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(look).toHaveBeenCalledTimes(4);
    await polled.stop();
  });
});

it('an answer counts for five seconds where nothing else is said', () => {
  const askedAt = performance.now();
  vi.advanceTimersByTime(4_999);
  expect(isTrusted(askedAt)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(isTrusted(askedAt)).toBe(false);
});
