import type { ServerResponse } from 'node:http';
import { OwnersInTurn } from '../../r4/json/turn-shares.js';
import type { AskingTenants } from './asking-tenants.js';
import { RequestsAtHand } from './requests-at-hand.js';

/** Milliseconds after a request of others for which a processor is left to them: one request at a time costs more CPU than many together. */
const leftFor = 50;

/** A request that waits for its turn. */
interface Asked {
  readonly begin: () => void;
  readonly response: ServerResponse;
}

/**
 * Begins requests of several tenants in turns: in each round of the event loop one of each, so that one that sends a hundred at once makes
 * the others wait for the beginning of one (docs/adr/0159). Those of one tenant begin in their order; one that asks for more than others has few under way
 * at once (docs/adr/0167). A tenant that is alone does not wait.
 */
export class RequestTurns {
  /** Tenants that have begun a request in this round. */
  private readonly begun = new Set<number>();
  private readonly waiting = new OwnersInTurn<Asked>();
  private readonly atHand: RequestsAtHand;
  private isRound = false;

  /** `most`: short requests that one tenant has under way at once, where it asks for more than others. */
  constructor(
    private readonly asking: AskingTenants,
    most?: number,
  ) {
    this.atHand = new RequestsAtHand((tenant) => {
      if (this.waiting.has(tenant)) this.openRound();
    }, most);
  }

  /** Calls `begin` when it is the turn of the request. */
  take(tenant: number, begin: () => void, response: ServerResponse): void {
    this.asking.note(tenant);
    const isNext = !this.waiting.has(tenant);
    if (isNext && !this.asking.hasOthers(tenant)) return begin();
    this.atHand.add(tenant, response);
    if (isNext && this.may(tenant)) this.begin(tenant, { begin, response });
    else this.waiting.add(tenant, { begin, response });
  }

  private may(tenant: number): boolean {
    if (this.begun.has(tenant)) return false;
    return !this.atHand.isFull(tenant) || !this.asking.hasOthers(tenant, leftFor);
  }

  private begin(tenant: number, { begin, response }: Asked): void {
    this.begun.add(tenant);
    this.atHand.begin(tenant, response);
    this.openRound();
    begin();
  }

  private openRound(): void {
    if (this.isRound) return;
    this.isRound = true;
    setImmediate(() => this.nextRound());
  }

  private nextRound(): void {
    this.isRound = false;
    this.begun.clear();
    for (;;) {
      const next = this.waiting.take((tenant) => this.may(tenant));
      if (!next) return;
      this.begin(next.owner, next.one);
    }
  }
}
