/** Shares of the time: while requests keep the event loop busy, and while it has nothing else to do. */
const least = 1 / 20;
const most = 1 / 3;

const shortestMs = 10;

/**
 * Milliseconds to rest after so many of sealing: requests come first, and what they leave is used. `busy`: the share of the
 * time, 0 to 1, that the event loop worked for requests.
 */
export function restAfter(sealingMs: number, busy: number): number {
  // Squared, since PostgreSQL is at work for the same requests.
  const share = Math.min(Math.max((1 - busy) ** 2 / 2, least), most);
  return Math.max(shortestMs, sealingMs * (1 / share - 1));
}
