/** Milliseconds. */
const lookEvery = 2_000;
/** Once the last look is older, what it found may have changed. */
const trustedFor = 5_000;
/** A request waits no longer for a look. */
const patience = 3_000;

/**
 * Asks the database every two seconds. An answer is believed for five: after that, the database did not answer or the process
 * stood still.
 */
export class Polled {
  private askedAt = -Infinity;
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `look` gets the time of its question, in ms of `performance.now()`; `failed` gets the error of a look that the timer began. */
  constructor(
    private readonly look: (askedAt: number) => Promise<void>,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Rejects where the first look does. */
  async start(): Promise<void> {
    await this.lookNow();
    this.timer = setInterval(() => void this.lookNow().catch(this.failed), lookEvery).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking?.catch(() => undefined);
  }

  get isBelieved(): boolean {
    return isTrusted(this.askedAt);
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

  private async lookOnce(): Promise<void> {
    // Believed from when the question was asked: an answer says nothing about later.
    const askedAt = performance.now();
    await this.look(askedAt);
    this.askedAt = askedAt;
  }
}

/** True if the answer to a question of the time `askedAt`, in ms of `performance.now()`, is believed. */
export const isTrusted = (askedAt: number): boolean => performance.now() - askedAt < trustedFor;
