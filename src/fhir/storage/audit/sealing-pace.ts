/** Shares of the time: while requests keep the event loop busy, while it has nothing else to do, and for what is as late as may be. */
const least = 1 / 40;
const idle = 1 / 3;
const urgent = 0.9;

/** Milliseconds after which AuditEvents are as urgent as requests (docs/adr/0184). */
const latest = 60_000;

const shortestMs = 10;

export interface Pace {
  /** Milliseconds that one batch took. */
  readonly sealingMs: number;
  /** The share of the time, 0 to 1, that the event loop worked for requests. */
  readonly busy: number;
  /** Milliseconds since the sealed events happened. */
  readonly lateMs: number;
}

/** From 0 to 1, beside requests, for AuditEvents that are so late. */
export const urgencyOf = (lateMs: number): number => Math.min(lateMs / latest, 1);

/**
 * Milliseconds to rest: requests come first, and what they leave is used; a server that is never idle takes the more time
 * for it the later it is.
 */
export function restAfter({ sealingMs, busy, lateMs }: Pace): number {
  // Squared, since PostgreSQL is at work for the same requests.
  const left = (1 - busy) ** 2 / 2;
  const share = Math.max(least, Math.min(left, idle), urgencyOf(lateMs) * urgent);
  return Math.max(shortestMs, sealingMs * (1 / share - 1));
}
