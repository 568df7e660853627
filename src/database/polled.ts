import type { ChangePoll, ChangeWatch } from './changes/change-poll.js';
import type { ChangeSubject } from './changes/change-states.js';

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
  readonly changes?: WatchedChanges;
}

/** Rows that are looked at only once they have changed, as the poll for all tenants finds (docs/adr/0130). */
interface WatchedChanges {
  readonly poll: ChangePoll;
  readonly subjects: readonly ChangeSubject[];
  /** True while what is known depends on other rows as well, or there is something to write: then each turn looks. */
  readonly isUnsettled?: () => boolean;
  /** Called where nothing has changed, with the time of the question in ms of `performance.now()`. */
  readonly confirmed?: (askedAt: number) => void;
}

/**
 * Knowledge of this process about rows that any server may change: it is confirmed or looked up every two seconds, and an answer is
 * believed for five. After that, the database did not answer or the process stood still. What issuers and other servers say
 * over HTTP is no such knowledge: it is asked for when somebody needs it, and goes on to count while they are down.
 */
export class Polled {
  private askedAt = -Infinity;
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private watched: ChangeWatch | undefined;
  /** State of the rows before the last look. */
  private state: string | undefined;
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
    const { changes, failed } = this.watching;
    this.watched = changes?.poll.watch(changes.subjects, () => void this.lookNow().catch(failed));
    this.timer = setInterval(() => this.turn(), this.pace.every).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.watched?.stop();
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
    if (this.isConfirmed()) return;
    void this.lookNow().catch(this.watching.failed);
  }

  /** True where the rows are as they were before the last look. What is not believed any more is looked up. */
  private isConfirmed(): boolean {
    const { watched, watching, state } = this;
    const seen = watched?.seen;
    if (!seen || seen.state !== state || !this.isBelieved || watching.changes?.isUnsettled?.()) return false;
    this.askedAt = Math.max(this.askedAt, seen.askedAt);
    watching.changes?.confirmed?.(this.askedAt);
    return true;
  }

  private async lookOnce(): Promise<void> {
    // Believed from when the question was asked: an answer says nothing about later.
    const askedAt = performance.now();
    const state = this.watched?.seen?.state;
    await this.look(askedAt);
    this.askedAt = askedAt;
    this.state = state;
  }
}

/** True if the answer to a question of the time `askedAt`, in ms of `performance.now()`, is believed. */
export const isTrusted = (askedAt: number, { trustedFor }: Pace = usualPace): boolean =>
  performance.now() - askedAt < trustedFor;
