import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import { receiveText } from './body-bytes.js';
import { LargeBody } from './large-body.js';

// Time passes by work alone, so that other processes do not count.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Looks at each chunk for two milliseconds. */
class SlowMeter extends JsonMeter {
  looked = 0;

  override look(bytes: Buffer): void {
    this.looked++;
    vi.advanceTimersByTime(2);
    super.look(bytes);
  }
}

it('looks at a large body in turns with other requests, however much of it has come', async () => {
  const chunks = Array.from({ length: 60 }, () => Buffer.alloc(65_536, 'x'));
  // All of it is there whenever somebody reads.
  const body = Object.assign(Readable.from(chunks, { highWaterMark: 100 }), { headers: {} });
  const meter = new SlowMeter({ depthLimit: 100, valuesLimit: 100, mostEntries: 0 }, false);
  const limit = { bytes: 10_000_000, setting: 'none' };
  const received = receiveText(body as unknown as IncomingMessage, { limit, meter: () => meter, isHashed: false });
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
