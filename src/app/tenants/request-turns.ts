/** Milliseconds for which a tenant counts as one that asks, after a request of it. */
const remembered = 1_000;

/**
 * Begins requests of several tenants in turns: in each round of the event loop one of each, so that one that sends a hundred at once makes
 * the others wait for the beginning of one (docs/adr/0159). Those of one tenant begin in their order. A tenant that is alone does not wait.
 */
export class RequestTurns {
  /** Whose request was the last one, and when it was another's than the one before it. */
  private last: number | undefined;
  private changedAt = -Infinity;
  /** Tenants that have begun a request in this round. */
  private readonly begun = new Set<number>();
  private readonly waiting = new Map<number, (() => void)[]>();
  private isRound = false;

  /** Calls `begin` when it is the turn of the request. */
  take(tenant: number, begin: () => void): void {
    const queue = this.waiting.get(tenant);
    if (queue) return void queue.push(begin);
    if (!this.isShared(tenant)) return begin();
    if (!this.begun.has(tenant)) return this.begin(tenant, begin);
    this.waiting.set(tenant, [begin]);
  }

  /** True where another tenant has asked a moment ago. */
  private isShared(tenant: number): boolean {
    const now = performance.now();
    if (tenant !== this.last) {
      if (this.last !== undefined) this.changedAt = now;
      this.last = tenant;
    }
    return now - this.changedAt < remembered;
  }

  private begin(tenant: number, begin: () => void): void {
    this.begun.add(tenant);
    if (!this.isRound) {
      this.isRound = true;
      setImmediate(() => this.nextRound());
    }
    begin();
  }

  private nextRound(): void {
    this.isRound = false;
    this.begun.clear();
    for (const [tenant, queue] of this.waiting) {
      const next = queue.shift()!;
      if (queue.length === 0) this.waiting.delete(tenant);
      this.begin(tenant, next);
    }
  }
}
