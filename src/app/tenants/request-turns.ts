import { OwnersInTurn } from '../../r4/json/turn-shares.js';
import type { AskingTenants } from './asking-tenants.js';

/**
 * Begins requests of several tenants in turns: in each round of the event loop one of each, so that one that sends a hundred at once makes
 * the others wait for the beginning of one (docs/adr/0159). Those of one tenant begin in their order. A tenant that is alone does not wait.
 */
export class RequestTurns {
  /** Tenants that have begun a request in this round. */
  private readonly begun = new Set<number>();
  private readonly waiting = new OwnersInTurn<() => void>();
  private isRound = false;

  constructor(private readonly asking: AskingTenants) {}

  /** Calls `begin` when it is the turn of the request. */
  take(tenant: number, begin: () => void): void {
    this.asking.note(tenant);
    if (this.waiting.has(tenant)) return this.waiting.add(tenant, begin);
    if (!this.asking.hasOthers(tenant)) return begin();
    if (!this.begun.has(tenant)) return this.begin(tenant, begin);
    this.waiting.add(tenant, begin);
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
    for (;;) {
      const next = this.waiting.take((tenant) => !this.begun.has(tenant));
      if (!next) return;
      this.begin(next.owner, next.one);
    }
  }
}
