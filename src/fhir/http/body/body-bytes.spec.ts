import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FhirOptions } from '../../fhir-options.js';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import { shareTurns } from '../../../r4/json/turn-shares.js';
import { receiveText } from './body-bytes.js';
import { BodyMemory } from './body-memory.js';
import { LargeBody } from './large-body.js';

// Time passes by work alone, so that other processes do not count.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] }));
afterEach(async () => {
  // Rests and rounds end before the clock is another one.
  vi.runAllTimers();
  await setImmediate();
  vi.useRealTimers();
});

/** Looks at each chunk for two milliseconds. */
class SlowMeter extends JsonMeter {
  looked = 0;

  override look(bytes: Buffer): void {
    this.looked++;
    vi.advanceTimersByTime(2);
    super.look(bytes);
  }
}

/** All of it is there whenever somebody reads. */
const bodyOf = (chunks: readonly Buffer[]): IncomingMessage =>
  Object.assign(Readable.from(chunks, { highWaterMark: 100 }), { headers: {} }) as unknown as IncomingMessage;
const limit = { bytes: 10_000_000, setting: 'none' };
const newMeter = (): SlowMeter => new SlowMeter({ depthLimit: 100, valuesLimit: 100, mostEntries: 0 }, false);

it('looks at a large body in turns with other requests, however much of it has come', async () => {
  const chunks = Array.from({ length: 60 }, () => Buffer.alloc(65_536, 'x'));
  const meter = newMeter();
  const received = receiveText(bodyOf(chunks), { limit, meter: () => meter, isHashed: false });
  const rounds: number[] = [];
  while (meter.looked < chunks.length) {
    const before = meter.looked;
    await setImmediate();
    rounds.push(meter.looked - before);
  }
  const text = await received;
  expect(text).toBeInstanceOf(LargeBody);
  // Three looks are a turn; the first one of all is before the first turn.
  expect(Math.max(...rounds.slice(1))).toBe(3);
  expect((text as LargeBody).size).toBe(60 * 65_536);
});

it('does not count the time for which it read no further, because others ask, against the client', async () => {
  const endSharing = shareTurns({ owner: () => 2, isShared: () => true });
  const options = { bodyMemory: 10_000_000, callerShare: 1, requestTimeout: 30 } as FhirOptions;
  const hold = new BodyMemory(options).begin({ key: 'a', isKnown: true }, () => undefined);
  const { began } = hold;
  const chunks = Array.from({ length: 20 }, () => Buffer.alloc(65_536, 'x'));
  const [meter, from] = [newMeter(), performance.now()];
  const received = receiveText(bodyOf(chunks), { limit, hold, meter: () => meter, isHashed: false });
  const state = { isThere: false };
  void received.then(() => (state.isThere = true));
  while (!state.isThere) {
    await setImmediate();
    vi.advanceTimersByTime(1);
  }
  endSharing();
  const worked = 2 * chunks.length;
  expect(hold.waited).toBeGreaterThanOrEqual(worked);
  expect(hold.waited).toBeLessThanOrEqual(performance.now() - from - worked);
  expect(hold.began - began).toBe(hold.waited);
});
