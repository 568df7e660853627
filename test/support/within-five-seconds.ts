import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

/**
 * Asks until the answer is as wanted after a change that servers hear of within five seconds. Whatever is sent later has to be
 * answered so; how long a slow machine takes for the answers does not count.
 */
export async function withinFiveSeconds<T>(ask: () => T | Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const since = performance.now();
  for (;;) {
    const sent = performance.now();
    const answer = await ask();
    if (isWanted(answer)) return answer;
    expect(sent - since, `ms after the change, and still ${JSON.stringify(answer)}`).toBeLessThan(5_000);
    await sleep(100);
  }
}
