import { currentTenant, defaultTenant } from './tenant.js';

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

/** Key of the caller within its tenant: where several tenants trust one issuer, a user is another caller in each of them. */
function keyOf({ key }: RequestCaller): string {
  const tenant = currentTenant();
  return tenant === defaultTenant ? key : `${tenant} ${key}`;
}

/** Milliseconds that a statement waits for a connection. */
const patience = 5_000;

/**
 * Shares the connections of a pool among the callers of requests. A part of them is kept for what the server itself does: polls
 * of revocations and policies, authentication, audit. One caller holds no more than its share; the last free connection goes
 * to a caller that has none; those who wait are served in turns, one statement of each.
 */
export class CallerShares {
  /** Connections that requests may hold, and one caller of them. */
  readonly places: number;
  readonly most: number;
  private readonly mostWaiting: number;
  private running = 0;
  /** Statements that wait now. */
  waiting = 0;
  /** Statements that were refused a connection. */
  readonly refused = { 'caller-share': 0, 'database-queue': 0 };
  /** Callers that have statements, in the order of their turns. */
  private readonly callers = new Map<string, CallerStatements>();

  constructor(private readonly options: ShareOptions) {
    const { pool, share, queue } = options;
    const kept = pool < 2 ? 0 : Math.max(1, Math.floor(pool / 5));
    this.places = pool - kept;
    this.most = Math.max(1, Math.round(this.places * share));
    this.mostWaiting = Math.max(1, Math.round(queue * share));
  }

  /** Callers that have something at work. */
  get size(): number {
    return this.callers.size;
  }

  /**
   * Takes a place; undefined where there is one at once. Rejects with {@link NoConnection} or {@link CallerGone}. Each place that was
   * taken has to be given back: {@link leave}.
   */
  enter(asked: RequestCaller, key = keyOf(asked)): Promise<void> | undefined {
    let caller = this.callers.get(key);
    if (!caller) this.callers.set(key, (caller = new CallerStatements()));
    const weight = this.weightOf(asked);
    // A statement overtakes only heavier ones of the same caller.
    if (this.hasPlaceFor(caller, weight) && !isAhead(caller.waiting, weight)) {
      this.start(caller, weight);
      return undefined;
    }
    return this.wait({ key, weight, whenGone: asked.whenGone }, caller);
  }

  leave(asked: RequestCaller, key = keyOf(asked)): void {
    const caller = this.callers.get(key);
    if (!caller) return;
    caller.running--;
    caller.load -= this.weightOf(asked);
    this.running--;
    this.forgetIdle(key, caller);
    if (this.waiting > 0) this.serve();
  }

  /** Runs `work`, which takes one connection, when the caller may have it. */
  async within<T>(caller: RequestCaller, work: () => Promise<T>): Promise<T> {
    // The tenant at the end may be another one.
    const key = keyOf(caller);
    const entering = this.enter(caller, key);
    if (entering) await entering;
    try {
      return await work();
    } finally {
      this.leave(caller, key);
    }
  }

  /** The heaviest leaves its caller one statement beside. */
  private weightOf({ weight = 1 }: RequestCaller): number {
    return Math.max(1, Math.min(weight, this.most - 1));
  }

  private hasPlaceFor({ running, load }: CallerStatements, weight: number): boolean {
    const free = this.places - this.running;
    // A caller that may have all places may have the last one too.
    const keptFree = this.most === this.places ? 0 : 1;
    return running === 0 ? free > 0 : load + weight <= this.most && free > keptFree;
  }

  private start(caller: CallerStatements, weight: number): void {
    caller.running++;
    caller.load += weight;
    this.running++;
  }

  private wait(
    { key, weight, whenGone }: Required<Pick<RequestCaller, 'weight'>> & RequestCaller,
    caller: CallerStatements,
  ): Promise<void> {
    const isOwnFull = caller.waiting.size >= this.mostWaiting;
    if (isOwnFull || this.waiting >= this.options.queue) {
      this.forgetIdle(key, caller);
      return Promise.reject(this.refusal(weight, isOwnFull ? caller : undefined));
    }
    return new Promise<void>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        stopListening?.();
        caller.remove(one);
        this.waiting--;
      };
      const one: Waiting = {
        weight,
        enter: () => {
          end();
          this.start(caller, weight);
          resolve();
        },
        refuse: (error) => {
          // The signal that the client is gone may come after its turn.
          if (!caller.waiting.has(one)) return;
          end();
          this.forgetIdle(key, caller);
          reject(error);
        },
      };
      const timer = setTimeout(() => one.refuse(this.refusal(weight, caller)), patience);
      const stopListening = whenGone?.(() => one.refuse(new CallerGone()));
      caller.add(one);
      this.waiting++;
    });
  }

  /** A caller that holds its whole share is told so; others are told that the server is busy. */
  private refusal(weight: number, caller?: CallerStatements): NoConnection {
    const shortage = caller && caller.load + weight > this.most ? 'caller-share' : 'database-queue';
    this.refused[shortage]++;
    return new NoConnection(shortage, this.most);
  }

  /** Serves those who wait. A caller that was served goes behind all others. */
  private serve(): void {
    for (const [key, caller] of this.callers) {
      if (this.running >= this.places) return;
      if (caller.waiting.size === 0) continue;
      const next = [...caller.waiting].find(({ weight }) => this.hasPlaceFor(caller, weight));
      if (!next) continue;
      this.callers.delete(key);
      this.callers.set(key, caller);
      next.enter();
      return this.serve();
    }
  }

  private forgetIdle(key: string, { running, waiting }: CallerStatements): void {
    if (running === 0 && waiting.size === 0) this.callers.delete(key);
  }
}

/** True if a statement that is no heavier waits. */
const isAhead = (waiting: ReadonlySet<Waiting>, weight: number): boolean =>
  waiting.size > 0 && [...waiting].some((one) => one.weight <= weight);
