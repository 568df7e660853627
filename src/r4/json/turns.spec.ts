import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Turns } from './turns.js';

// Time passes by work alone, so that other processes do not count.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());
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
