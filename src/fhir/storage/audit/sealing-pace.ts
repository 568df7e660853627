/** Shares of the time: while requests keep the event loop busy, and while it has nothing else to do or this is late. */
const least = 1 / 40;
const most = 1 / 3;

/** Milliseconds after which AuditEvents are as urgent as requests. */
const latest = 10 * 60_000;

const shortestMs = 10;

export interface Pace {
  /** Milliseconds that one batch took. */
  readonly sealingMs: number;
  /** The share of the time, 0 to 1, that the event loop worked for requests. */
  readonly busy: number;
  /** Milliseconds since the sealed events happened. */
  readonly lateMs: number;
}

/**
 * Milliseconds to rest: requests come first, and what they leave is used; a server that is never idle takes the more time
 * for it the later it is.
 */
export function restAfter({ sealingMs, busy, lateMs }: Pace): number {
  // Squared, since PostgreSQL is at work for the same requests.
  const left = (1 - busy) ** 2 / 2;
  const share = Math.min(Math.max(left, (lateMs / latest) * most, least), most);
  return Math.max(shortestMs, sealingMs * (1 / share - 1));
}
