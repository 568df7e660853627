/** How often the database is asked, and how long its answer counts, in ms. */
export interface Pace {
  readonly every: number;
  /** Once the last look is older, what it found may have changed. */
  readonly trustedFor: number;
}

const usualPace: Pace = { every: 2_000, trustedFor: 5_000 };
/** A request waits no longer for a look. */
const patience = 3_000;

interface Watching {
  /** Gets the error of a look that the timer began. */
  readonly failed: (error: unknown) => void;
  /** Called each turn while the last look is too old, where nobody asks {@link Polled.isBelieved}. */
  readonly distrusted?: () => void;
  readonly pace?: Pace;
}

/**
 * Knowledge of this process about rows that any server may change: the database is asked every two seconds, and an answer is
 * believed for five. After that, the database did not answer or the process stood still. What issuers and other servers say
 * over HTTP is no such knowledge: it is asked for when somebody needs it, and goes on to count while they are down.
 */
export class Polled {
  private askedAt = -Infinity;
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly pace: Pace;

  /** `look` gets the time of its question, in ms of `performance.now()`. */
  constructor(
    private readonly look: (askedAt: number) => Promise<void>,
    private readonly watching: Watching,
  ) {
    this.pace = watching.pace ?? usualPace;
  }

  /** Rejects where the first look does. */
  async start(): Promise<void> {
    await this.lookNow();
    this.watch();
  }

  /** From now on, without waiting for the first look. */
  watch(): void {
    this.timer = setInterval(() => this.turn(), this.pace.every).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking?.catch(() => undefined);
  }

  get isBelieved(): boolean {
    return isTrusted(this.askedAt, this.pace);
  }

  /** Parallel calls share one look. */
  lookNow(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** A look that begins now, whatever is under way. */
  async lookAfresh(): Promise<void> {
    await this.looking?.catch(() => undefined);
    await this.lookNow();
  }

  /** Looks again where the last look is too old, and waits for that no longer than three seconds. Never rejects. */
  refresh(): Promise<void> | undefined {
    if (this.isBelieved) return undefined;
    const looked = this.lookNow().catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, patience)));
    return Promise.race([looked, late]).finally(() => clearTimeout(timer));
  }

  private turn(): void {
    // A look that hangs does not fail, so what is too old is noticed here.
    if (!this.isBelieved) this.watching.distrusted?.();
    void this.lookNow().catch(this.watching.failed);
  }

  private async lookOnce(): Promise<void> {
    // Believed from when the question was asked: an answer says nothing about later.
    const askedAt = performance.now();
    await this.look(askedAt);
    this.askedAt = askedAt;
  }
}

/** True if the answer to a question of the time `askedAt`, in ms of `performance.now()`, is believed. */
export const isTrusted = (askedAt: number, { trustedFor }: Pace = usualPace): boolean =>
  performance.now() - askedAt < trustedFor;
