import { AsyncResource } from 'node:async_hooks';
import { Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import { asOperator, currentTenant, isSomebodysWork } from '../tenant.js';
import { type ChangeSubject, readChangeStates } from './change-states.js';

/** Milliseconds between two questions, and how old an answer may be. */
const every = 1_000;
const goodFor = 2_000;

/** State of the watched rows at one time. */
interface Seen {
  /** Time of the question, in ms of `performance.now()`. */
  readonly askedAt: number;
  /** Another text after each committed change; empty parts where nothing is stored. */
  readonly state: string;
}

/** The rows of one tenant, of some kinds. */
export class ChangeWatch {
  private last: Seen | undefined;
  /** Whose work it is. Not by `AsyncLocalStorage.snapshot`, of which each takes 3 kB until Node.js 22. */
  private readonly within = new AsyncResource(ChangeWatch.name);

  constructor(
    readonly tenant: number,
    private readonly subjects: readonly ChangeSubject[],
    private readonly changed: () => void,
    readonly stop: () => Promise<void>,
  ) {}

  /** State of at most two seconds ago; undefined where the database has not answered since. */
  get seen(): Seen | undefined {
    return this.last && performance.now() - this.last.askedAt < goodFor ? this.last : undefined;
  }

  take(askedAt: number, states: ReadonlyMap<string, string>): void {
    const state = this.subjects.map((subject) => states.get(keyOf(this.tenant, subject)) ?? '').join(';');
    const before = this.last;
    this.last = { askedAt, state };
    if (before && before.state !== state) this.within.runInAsyncScope(this.changed);
  }
}

const keyOf = (tenant: number, subject: string): string => `${tenant} ${subject}`;

/**
 * Asks a database once a second what has changed, for all tenants whose servers are open in this process, by one statement
 * (docs/adr/0130). While it does not answer, those who watch ask for themselves.
 */
export class ChangePoll {
  private readonly logger = new Logger('Changes');
  private readonly watches = new Set<ChangeWatch>();
  private timer: NodeJS.Timeout | undefined;
  private asking: Promise<void> | undefined;
  private isFailing = false;

  constructor(private readonly pool: Pool) {}

  /** Watches rows of the current tenant; `changed` is called as its work after each change. */
  watch(subjects: readonly ChangeSubject[], changed: () => void): ChangeWatch {
    const watch: ChangeWatch = new ChangeWatch(currentTenant(), subjects, changed, () => this.leave(watch));
    this.watches.add(watch);
    this.timer ??= setInterval(() => this.turn(), every).unref();
    return watch;
  }

  private async leave(watch: ChangeWatch): Promise<void> {
    this.watches.delete(watch);
    if (this.watches.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    await this.asking;
  }

  private turn(): void {
    this.asking ??= this.ask()
      .then(
        () => (this.isFailing = false),
        (error: unknown) => this.tell(error),
      )
      .then(() => (this.asking = undefined));
  }

  private async ask(): Promise<void> {
    const watches = [...this.watches];
    const tenants = [...new Set(watches.map(({ tenant }) => tenant))];
    const askedAt = performance.now();
    const read = () => readChangeStates(this.pool, tenants);
    const found = await (isSomebodysWork() ? asOperator('what has changed', read) : read());
    const states = new Map(found.map(({ tenant, subject, state }) => [keyOf(tenant, subject), state]));
    for (const watch of watches) if (this.watches.has(watch)) watch.take(askedAt, states);
  }

  private tell(error: unknown): void {
    if (!this.isFailing) this.logger.warn(`Changes cannot be looked for at once: ${(error as Error).message}`);
    this.isFailing = true;
  }
}

/** By database: all servers of the process share one. */
const polls = new WeakMap<Pool, ChangePoll>();

export function changePollOf(pool: Pool): ChangePoll {
  const poll = polls.get(pool) ?? new ChangePoll(pool);
  polls.set(pool, poll);
  return poll;
}
