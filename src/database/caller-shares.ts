import { currentTenant } from './tenant.js';

/** The caller of a request; callers share the connections to the database (ADR 48). */
export interface RequestCaller {
  /** Requests with the same key count as one caller. */
  readonly key: string;
  /** As how many statements each of its statements counts in the share: more for what may take long. */
  readonly weight?: number;
  /** Calls back when the client goes away before it has its answer; returns what ends that. */
  readonly whenGone?: ((callBack: () => void) => () => void) | undefined;
  /** Throws where the caller has lost all rights since the work began; asked before each look at rows, and before each commit. */
  readonly confirm?: () => void;
}

/** Work of the server itself. It takes no share. */
export const ownWork: RequestCaller = { key: '' };

export interface ShareOptions {
  /** Connections of the pool. */
  readonly pool: number;
  /** The part of the connections and of the queue that one caller may hold. */
  readonly share: number;
  /** Statements that may wait, of all callers. */
  readonly queue: number;
}

/** Reasons for which a caller gets no connection. */
export type Shortage = 'caller-share' | 'database-queue';

/** A caller, or all callers together, have more at work than there are connections for. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
  constructor(
    readonly shortage: Shortage,
    /** Connections that the caller may hold. */
    readonly most: number,
  ) {
    super(shortage);
  }
}

/** The client went away while its statement waited. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

interface Waiting {
  readonly weight: number;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

const nobody: ReadonlySet<Waiting> = new Set();

/** The statements of one caller. */
class CallerStatements {
  running = 0;
  /** Sum of the weights of running statements. */
  load = 0;
  private queue: Set<Waiting> | undefined;

  /** Most callers never wait. */
  get waiting(): ReadonlySet<Waiting> {
    return this.queue ?? nobody;
  }

  add(one: Waiting): void {
    (this.queue ??= new Set()).add(one);
  }

  remove(one: Waiting): void {
    this.queue?.delete(one);
  }
}

/** The statements of one tenant. Where several tenants trust one issuer, a user is another caller in each of them. */
class TenantStatements {
  running = 0;
  waiting = 0;
  /** Callers that have statements, in the order of their turns. */
  readonly callers = new Map<string, CallerStatements>();

  callerOf(key: string): CallerStatements {
    let caller = this.callers.get(key);
    if (!caller) this.callers.set(key, (caller = new CallerStatements()));
    return caller;
  }
}

/** A caller of a tenant. */
interface Asking {
  readonly tenant: number;
  readonly key: string;
  readonly own: TenantStatements;
  readonly caller: CallerStatements;
}

/** Milliseconds that a statement waits for a connection. */
const patience = 5_000;

/**
 * Shares the connections of a pool among tenants, and what a tenant has among its callers. A part of them is kept for what the server
 * itself does: polls of revocations and policies, authentication, audit. One caller holds no more than its share; the last free connection goes
 * to a caller that has none, or, once several tenants have asked, to a tenant that has none; those who wait are served in turns, one
 * statement of each tenant, and of each caller of it (docs/adr/0048, 0159).
 */
export class CallerShares {
  /** Connections that requests may hold, and one caller of them. */
  readonly places: number;
  readonly most: number;
  private readonly mostWaiting: number;
  private readonly mostWaitingOfTenant: number;
  private running = 0;
  /** Statements that wait now. */
  waiting = 0;
  /** Statements of callers so far, by which work that nobody waits for sees that somebody asks. */
  asked = 0;
  /** Statements that were refused a connection. */
  readonly refused = { 'caller-share': 0, 'database-queue': 0 };
  /** Tenants that have statements, in the order of their turns. */
  private readonly tenants = new Map<number, TenantStatements>();
  /** The tenant that asked first, and whether another one has asked. */
  private first: number | undefined;
  private isShared = false;

  constructor(private readonly options: ShareOptions) {
    const { pool, share, queue } = options;
    const kept = pool < 2 ? 0 : Math.max(1, Math.floor(pool / 5));
    this.places = pool - kept;
    this.most = Math.max(1, Math.round(this.places * share));
    this.mostWaiting = Math.max(1, Math.round(queue * share));
    this.mostWaitingOfTenant = this.isUndivided ? queue : Math.max(1, queue - this.mostWaiting);
  }

  /** Callers that have something at work. */
  get size(): number {
    return [...this.tenants.values()].reduce((sum, { callers }) => sum + callers.size, 0);
  }

  /**
   * Takes a place; undefined where there is one at once. Rejects with {@link NoConnection} or {@link CallerGone}. Each place that was
   * taken has to be given back: {@link leave}.
   */
  enter(asked: RequestCaller, tenant = currentTenant()): Promise<void> | undefined {
    this.asked++;
    this.first ??= tenant;
    if (tenant !== this.first) this.isShared = true;
    const own = this.statementsOf(tenant);
    const asking = { tenant, key: asked.key, own, caller: own.callerOf(asked.key) };
    const weight = this.weightOf(asked);
    // A statement overtakes only heavier ones of the same caller.
    if (this.hasPlaceFor(asking, weight) && !isAhead(asking.caller.waiting, weight)) {
      this.start(asking, weight);
      return undefined;
    }
    return this.wait(asking, { weight, whenGone: asked.whenGone });
  }

  leave(asked: RequestCaller, tenant = currentTenant()): void {
    const own = this.tenants.get(tenant);
    const caller = own?.callers.get(asked.key);
    if (!own || !caller) return;
    caller.running--;
    caller.load -= this.weightOf(asked);
    own.running--;
    this.running--;
    this.forgetIdle({ tenant, key: asked.key, own, caller });
    if (this.waiting > 0) this.serve();
  }

  /** Runs `work`, which takes one connection, when the caller may have it. */
  async within<T>(caller: RequestCaller, work: () => Promise<T>): Promise<T> {
    // The tenant at the end may be another one.
    const tenant = currentTenant();
    const entering = this.enter(caller, tenant);
    if (entering) await entering;
    try {
      return await work();
    } finally {
      this.leave(caller, tenant);
    }
  }

  private statementsOf(tenant: number): TenantStatements {
    let own = this.tenants.get(tenant);
    if (!own) this.tenants.set(tenant, (own = new TenantStatements()));
    return own;
  }

  /** One caller may have all places, the last one too. */
  private get isUndivided(): boolean {
    return this.most === this.places;
  }

  /** The heaviest leaves its caller one statement beside. */
  private weightOf({ weight = 1 }: RequestCaller): number {
    return Math.max(1, Math.min(weight, this.most - 1));
  }

  private hasPlaceFor({ own, caller }: Pick<Asking, 'own' | 'caller'>, weight: number): boolean {
    const hasSome = caller.running > 0 || (this.isShared && own.running > 0);
    const keptFree = hasSome && !this.isUndivided ? 1 : 0;
    return this.places - this.running > keptFree && (caller.running === 0 || caller.load + weight <= this.most);
  }

  private start({ own, caller }: Asking, weight: number): void {
    caller.running++;
    caller.load += weight;
    own.running++;
    this.running++;
  }

  private wait(
    asking: Asking,
    { weight, whenGone }: Required<Pick<RequestCaller, 'weight'>> & Pick<RequestCaller, 'whenGone'>,
  ): Promise<void> {
    const { own, caller } = asking;
    const isOwnFull = caller.waiting.size >= this.mostWaiting;
    const isTenantFull = this.isShared && own.waiting >= this.mostWaitingOfTenant;
    if (isOwnFull || isTenantFull || this.waiting >= this.options.queue) {
      this.forgetIdle(asking);
      return Promise.reject(this.refusal(weight, isOwnFull ? caller : undefined));
    }
    return new Promise<void>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        stopListening?.();
        caller.remove(one);
        own.waiting--;
        this.waiting--;
      };
      const one: Waiting = {
        weight,
        enter: () => {
          end();
          this.start(asking, weight);
          resolve();
        },
        refuse: (error) => {
          // The signal that the client is gone may come after its turn.
          if (!caller.waiting.has(one)) return;
          end();
          this.forgetIdle(asking);
          reject(error);
        },
      };
      const timer = setTimeout(() => one.refuse(this.refusal(weight, caller)), patience);
      const stopListening = whenGone?.(() => one.refuse(new CallerGone()));
      caller.add(one);
      own.waiting++;
      this.waiting++;
    });
  }

  /** A caller that holds its whole share is told so; others are told that the server is busy. */
  private refusal(weight: number, caller?: CallerStatements): NoConnection {
    const shortage = caller && caller.load + weight > this.most ? 'caller-share' : 'database-queue';
    this.refused[shortage]++;
    return new NoConnection(shortage, this.most);
  }

  /** Serves those who wait. A tenant that was served goes behind all others, and so does its caller. */
  private serve(): void {
    for (const [tenant, own] of this.tenants) {
      if (this.running >= this.places) return;
      const next = own.waiting > 0 ? this.nextOf(own) : undefined;
      if (!next) continue;
      this.tenants.delete(tenant);
      this.tenants.set(tenant, own);
      next.enter();
      return this.serve();
    }
  }

  private nextOf(own: TenantStatements): Waiting | undefined {
    for (const [key, caller] of own.callers) {
      const next = [...caller.waiting].find(({ weight }) => this.hasPlaceFor({ own, caller }, weight));
      if (!next) continue;
      own.callers.delete(key);
      own.callers.set(key, caller);
      return next;
    }
    return undefined;
  }

  private forgetIdle({ tenant, key, own, caller }: Asking): void {
    if (caller.running > 0 || caller.waiting.size > 0) return;
    own.callers.delete(key);
    if (own.callers.size === 0) this.tenants.delete(tenant);
  }
}

/** True if a statement that is no heavier waits. */
const isAhead = (waiting: ReadonlySet<Waiting>, weight: number): boolean =>
  waiting.size > 0 && [...waiting].some((one) => one.weight <= weight);
