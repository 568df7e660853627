import { availableParallelism } from 'node:os';
import type { ServerResponse } from 'node:http';

/** Milliseconds for which a request that has begun counts as a short one: what takes long, such as an export, keeps nobody waiting. */
const shortRequest = 10;

/** Counts of the requests of a tenant. */
interface AtHand {
  /** Requests without an answer, begun or not. */
  all: number;
  /** Requests that began less than {@link shortRequest} ago and have no answer. */
  short: number;
}

/**
 * Requests of the tenants that ask beside each other. One that has more of them than an equal part has so many short ones under way at once that a
 * processor is left to others (docs/adr/0167): each keeps one busy, here or in PostgreSQL.
 */
export class RequestsAtHand {
  private readonly tenants = new Map<number, AtHand>();
  private all = 0;

  /** `ended` is called when a short request of a tenant has its answer, or is none any more. */
  constructor(
    private readonly ended: (tenant: number) => void,
    readonly most = Math.max(1, availableParallelism() - 1),
  ) {}

  /** True where the tenant has as many short requests under way as it may. */
  isFull(tenant: number): boolean {
    const own = this.tenants.get(tenant);
    // Others have asked: there are two tenants at least.
    return own !== undefined && own.short >= this.most && own.all * Math.max(2, this.tenants.size) > this.all;
  }

  /** A request has come; it is at hand until its response has ended. */
  add(tenant: number, response: ServerResponse): void {
    // One that has ended already does not end again.
    if (response.closed) return;
    const own = this.of(tenant);
    this.all++;
    own.all++;
    response.once('close', () => {
      this.all--;
      own.all--;
      this.forgetIdle(tenant, own);
    });
  }

  /** A request begins. */
  begin(tenant: number, response: ServerResponse): void {
    if (response.closed) return;
    const own = this.of(tenant);
    own.short++;
    let isShort = true;
    const end = (): void => {
      if (!isShort) return;
      isShort = false;
      clearTimeout(timer);
      own.short--;
      this.forgetIdle(tenant, own);
      this.ended(tenant);
    };
    const timer = this.endLater(end);
    response.once('close', end);
  }

  private endLater(end: () => void): NodeJS.Timeout | undefined {
    return setTimeout(end, shortRequest);
  }

  private of(tenant: number): AtHand {
    let own = this.tenants.get(tenant);
    if (!own) this.tenants.set(tenant, (own = { all: 0, short: 0 }));
    return own;
  }

  private forgetIdle(tenant: number, { all, short }: AtHand): void {
    if (all === 0 && short === 0) this.tenants.delete(tenant);
  }
}
