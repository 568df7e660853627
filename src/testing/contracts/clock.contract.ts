import assert from 'node:assert/strict';
import type { Clock } from '../../fhir/storage/writing/clock.js';
import type { ContractTools } from './contract-tools.js';

const many = 3000;
/** Milliseconds that a look at the clock may take on the average. */
const longest = 0.1;
/** Milliseconds between the clock and that of the machine. */
const farthest = 60_000;

/** Contract of every {@link Clock}; run it from a test file with your own clock. */
export function clockContract({ describe, it }: ContractTools, make: () => Promise<Clock>): void {
  describe('contract of a clock', () => {
    it('tells whole milliseconds since 1970, at once, within a minute of the clock of the machine', async () => {
      const time: unknown = (await make()).now();
      assert.ok(Number.isInteger(time), `${String(time)} is no whole number of milliseconds`);
      const distance = Math.abs((time as number) - Date.now());
      assert.ok(distance <= farthest, `it is ${distance} ms away from the clock of the machine`);
    });

    it('goes on, and never back', async () => {
      const clock = await make();
      const first = clock.now();
      let last = first;
      for (let look = 0; look < many; look++) {
        const time = clock.now();
        assert.ok(time >= last, `it went back by ${last - time} ms`);
        last = time;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(clock.now() > first, 'it stands still');
    });

    it('is fast', async () => {
      const clock = await make();
      const started = performance.now();
      for (let look = 0; look < many; look++) clock.now();
      const each = (performance.now() - started) / many;
      assert.ok(each <= longest, `a look took ${each.toFixed(3)} ms`);
    });
  });
}
