import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Pressure } from './pressure.js';

/** Keeps the event loop busy in turns of 100 ms. */
async function beBusy(milliseconds: number): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(0)) {
    for (const turn = Date.now() + 100; Date.now() < turn;);
  }
}

it('an event loop that is late in every turn is too busy, and is not any more when it rests', async () => {
  const pressure = new Pressure({ eventLoopDelay: 50, queue: 10 }, () => 0);
  await beBusy(1700);
  expect(pressure.cause).toBe('event-loop');
  const end = Date.now() + 20_000;
  while (pressure.cause !== undefined && Date.now() < end) await sleep(100);
  expect(pressure.cause).toBeUndefined();
  pressure.stop();
});

it('one stall is not load, however long', async () => {
  const pressure = new Pressure({ eventLoopDelay: 50, queue: 10 }, () => 0);
  const causes = new Set<string | undefined>();
  for (let stall = 0; stall < 2; stall++) {
    for (const end = Date.now() + 700; Date.now() < end;);
    for (const end = Date.now() + 1100; Date.now() < end; await sleep(50)) causes.add(pressure.cause);
  }
  expect(causes).toEqual(new Set([undefined]));
  pressure.stop();
});

it('a queue for the database that is too long is too much, at once and as long as it is', () => {
  let waiting = 10;
  const pressure = new Pressure({ eventLoopDelay: 0, queue: 10 }, () => waiting);
  expect(pressure.cause).toBeUndefined();
  waiting = 11;
  expect(pressure.cause).toBe('database-queue');
  waiting = 0;
  expect(pressure.cause).toBeUndefined();
  pressure.stop();
});
