/** Clocks of a zone for tests: looked at every quarter of an hour until they show what is asked; nothing of `src`. */
import { dateInterval, type Interval } from './naive-search.js';

const quarter = 900_000;
const longestOffset = 15 * 3_600_000;
const seen = new Map<string, number>();

/** `2000-10-29 01:30:00` */
function clock(instant: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(instant);
}

/** The first instant at which clocks show `civil` (`2000-10-29 00:00:00`) or more. */
function firstAt(civil: string, timeZone: string): number {
  const key = `${timeZone} ${civil}`;
  let at = seen.get(key);
  if (at !== undefined) return at;
  at = Date.parse(`${civil.replace(' ', 'T')}Z`) - longestOffset;
  while (clock(at, timeZone) < civil) at += quarter;
  seen.set(key, at);
  return at;
}

/** Milliseconds, half open; `2000`, `2000-10`, `2000-10-29`, or a time to the second with or without its zone. */
export function zonedInterval(text: string, timeZone: string): Interval {
  if (/(?:Z|[+-]\d\d:\d\d)$/.test(text) && text.includes('T')) return dateInterval(text);
  if (text.includes('T')) {
    const low = firstAt(text.replace('T', ' '), timeZone);
    return { low, high: low + 1000 };
  }
  const { low, high } = dateInterval(text);
  const midnight = (civil: number) => `${new Date(civil).toISOString().slice(0, 10)} 00:00:00`;
  return { low: firstAt(midnight(low), timeZone), high: firstAt(midnight(high), timeZone) };
}
