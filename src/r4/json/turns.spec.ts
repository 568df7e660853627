import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { shareTurns } from './turn-shares.js';
import { Turns } from './turns.js';

// Time passes by work alone, so that other processes do not count.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] }));
afterEach(async () => {
  // Rests and rounds end before the clock is another one.
  vi.runAllTimers();
  await setImmediate();
  vi.useRealTimers();
});
const busy = (milliseconds: number): void => void vi.advanceTimersByTime(milliseconds);

/** So many steps, in turns. */
async function longWork(steps: number, done: () => void, milliseconds = 2): Promise<void> {
  const turns = new Turns();
  for (let step = 0; step < steps; step++) {
    await turns.next();
    busy(milliseconds);
    done();
  }
}

it('all who work in turns share the time of one round of the event loop', async () => {
  let steps = 0;
  const workers = 8;
  const works = Array.from({ length: workers }, () => longWork(20, () => steps++));
  const rounds: number[] = [];
  for (let looked = 0; looked < 60; looked++) {
    const before = steps;
    await setImmediate();
    rounds.push(steps - before);
  }
  await Promise.all(works);
  // Three steps are a turn; in the first round each worker has one before it asks for its turn.
  expect([steps, Math.max(...rounds.slice(1))]).toEqual([workers * 20, 3]);
});

it('who waits is served in order, so that nobody is left behind', async () => {
  const ended: number[] = [];
  const work = async (name: number): Promise<void> => {
    await longWork(30, () => undefined, 1);
    ended.push(name);
  };
  await Promise.all([0, 1, 2, 3].map(work));
  expect(ended).toEqual([0, 1, 2, 3]);
});

it('short work does not wait for long work', async () => {
  const long = longWork(40, () => undefined);
  await setImmediate();
  const turns = new Turns();
  expect(turns.next()).toBeUndefined();
  await long;
});

describe('long work of an owner, while others ask (ADR 160)', () => {
  const [calm, loud] = [2, 3];
  let [owner, others] = [loud, true];
  let endSharing: () => void;
  beforeEach(() => {
    [owner, others] = [loud, true];
    endSharing = shareTurns({ owner: () => owner, isShared: () => others });
  });
  afterEach(() => endSharing());

  /** The owner of each step of one millisecond, and `idle` for each millisecond in which nobody worked. */
  async function timeline(owners: readonly number[], steps: number): Promise<(number | 'idle')[]> {
    const found: (number | 'idle')[] = [];
    // As in a request, the owner is known wherever the work goes on.
    const work = async (own: number): Promise<void> => {
      const turns = new Turns();
      for (let step = 0; step < steps; step++) {
        owner = own;
        await turns.next();
        busy(1);
        found.push(own);
      }
    };
    const works = owners.map(work);
    for (let rounds = 0; found.filter((one) => one !== 'idle').length < owners.length * steps; rounds++) {
      expect(rounds).toBeLessThan(1000);
      const before = found.length;
      await setImmediate();
      if (found.length === before) {
        busy(1);
        found.push('idle');
      }
    }
    await Promise.all(works);
    return found;
  }

  it('has a third of the time: it rests twice as long as it worked', async () => {
    const found = await timeline([loud], 20);
    expect(found.slice(0, 7)).toEqual([loud, 'idle', 'idle', loud, 'idle', 'idle', loud]);
    expect(found.filter((one) => one === 'idle')).toHaveLength(2 * 19);
  });

  it('has no more of it by more requests at once', async () => {
    const found = await timeline(
      Array.from({ length: 8 }, () => loud),
      5,
    );
    const worked = found.slice(8);
    expect(worked.filter((one) => one === 'idle').length).toBeGreaterThanOrEqual(2 * (8 * 5 - 8 - 1));
  });

  it('leaves the rest to long work of others', async () => {
    const found = await timeline([loud, calm], 20);
    expect(found.filter((one) => one === 'idle').length).toBeLessThanOrEqual(20 + 2);
    expect(Math.abs(found.indexOf(calm) - found.indexOf(loud))).toBe(1);
  });

  it('does not rest when it is alone', async () => {
    others = false;
    expect(await timeline([loud], 20)).toEqual(Array.from({ length: 20 }, () => loud));
  });
});
