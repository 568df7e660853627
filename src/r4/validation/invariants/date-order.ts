import { compareTimes, parseDateInterval } from '../../search/values/date-interval.js';

/** `2015-02-07` */
const dayLength = 10;

/**
 * True if `earlier` is not after `later`, as far as their precision tells. A day and a time of another zone are
 * compared by the day that was written, because the day has no zone.
 */
export function isNotAfter(earlier: string, later: string): boolean {
  const shared = Math.min(earlier.length, later.length, dayLength);
  if (earlier.length <= dayLength || later.length <= dayLength) {
    return earlier.slice(0, shared) <= later.slice(0, shared);
  }
  const [first, second] = [parseDateInterval(earlier, 'UTC'), parseDateInterval(later, 'UTC')];
  return first === undefined || second === undefined || compareTimes(first.low, second.high) < 0;
}
