import type { AskingTenants } from './asking-tenants.js';

/**
 * Begins requests of several tenants in turns: in each round of the event loop one of each, so that one that sends a hundred at once makes
 * the others wait for the beginning of one (docs/adr/0159). Those of one tenant begin in their order. A tenant that is alone does not wait.
 */
export class RequestTurns {
  /** Tenants that have begun a request in this round. */
  private readonly begun = new Set<number>();
  private readonly waiting = new Map<number, (() => void)[]>();
  private isRound = false;

  constructor(private readonly asking: AskingTenants) {}

  /** Calls `begin` when it is the turn of the request. */
  take(tenant: number, begin: () => void): void {
    this.asking.note(tenant);
    const queue = this.waiting.get(tenant);
    if (queue) return void queue.push(begin);
    if (!this.asking.hasOthers(tenant)) return begin();
    if (!this.begun.has(tenant)) return this.begin(tenant, begin);
    this.waiting.set(tenant, [begin]);
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
