const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

/** An event that could not be delivered for so long, in ms since the write, is a dead letter. */
export const triedFor = 3 * day;
const longest = hour;

/**
 * Milliseconds until the next attempt after `attempts` that failed: 1 s, doubled each time, an hour at most. `random` from 0
 * to 1 spreads it by a fifth, so that events that failed together do not come back together.
 */
export function backOff(attempts: number, random = Math.random()): number {
  const delay = Math.min(second * 2 ** Math.min(attempts - 1, 30), longest);
  return Math.round(delay * (0.9 + random / 5));
}
