import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';

/** An IANA name as it is spelled there; undefined for what is none, offsets such as `+01:00` included. */
export function timeZoneOf(name: string): string | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {
    return undefined;
  }
}

/** Milliseconds since 1970 at which a day begins in a zone; `civil`: midnight of that day as if the zone were UTC. */
export function startOfDay(civil: number, timeZone: string): number {
  return timeZone === 'UTC' ? civil : civilTime(civil).toPlainDate().toZonedDateTime(timeZone).epochMilliseconds;
}

/**
 * Milliseconds since 1970 at a time of a zone's clocks, written as if the zone were UTC: the first of two, where clocks are set
 * back. Undefined for a time that is left out where they are set forward.
 */
export function instantAt(civil: number, timeZone: string): number | undefined {
  if (timeZone === 'UTC') return civil;
  const asked = civilTime(civil);
  const found = asked.toZonedDateTime(timeZone);
  return found.toPlainDateTime().equals(asked) ? found.epochMilliseconds : undefined;
}

const civilTime = (civil: number): Temporal.PlainDateTime =>
  Temporal.Instant.fromEpochMilliseconds(civil).toZonedDateTimeISO('UTC').toPlainDateTime();

const firstOfRules = Temporal.Instant.from('1900-01-01T00:00:00Z');
const lastYearOfRules = 2100;

/**
 * A zone and, as a hash, every change of its clocks in two centuries: countries change their rules, and updates of Node.js
 * bring them.
 */
export function rulesOf(timeZone: string): string {
  if (timeZone === 'UTC') return timeZone;
  const rules: string[] = [];
  let at: Temporal.ZonedDateTime | null = firstOfRules.toZonedDateTimeISO(timeZone);
  for (; at && at.year <= lastYearOfRules; at = at.getTimeZoneTransition('next')) {
    rules.push(`${at.epochMilliseconds}${at.offset}`);
  }
  return `${timeZone} ${createHash('sha256').update(rules.join(' ')).digest('hex')}`;
}
