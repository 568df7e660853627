import { Injectable } from '@nestjs/common';
import type { SqlSession } from '../session/sql-session.js';
import type { OutboxEntry, OutboxEvent, StoredEvent } from './outbox-event.js';
import {
  appendStatement,
  type Chosen,
  countStatement,
  discardStatement,
  listStatement,
  resendStatement,
  trimStatement,
} from './outbox-statements.js';

/** Somebody who is told of committed versions. */
export interface OutboxListener {
  /** Unique, and the same on every server: `@acme/cardio/notify`. */
  readonly name: string;
  /** Types whose versions it is told of; all when absent. */
  readonly types?: readonly string[] | undefined;
  /** Milliseconds after which a delivery has failed. */
  readonly timeout: number;
  /** Rejects where the event is to be delivered again. `content`: JSON; undefined for a deletion, and where the version is erased. */
  deliver(event: OutboxEvent, content: string | undefined): Promise<void>;
}

/** Events of one listener in the database, of all servers. */
export interface OutboxCount {
  readonly listener: string;
  readonly waiting: number;
  readonly dead: number;
  /** Age of the oldest that waits; 0 if none does. */
  readonly oldestSeconds: number;
}

/**
 * Events of commits: stored in the transaction of the write, delivered by any server after it, at least once, each resource's
 * in the order of its versions (docs/adr/0063-an-outbox-for-what-follows-a-commit.md).
 */
@Injectable()
export class Outbox {
  private readonly known: OutboxListener[] = [];
  private wakers: readonly (() => void)[] = [];

  /** While the application starts. */
  add(...listeners: readonly OutboxListener[]): void {
    this.known.push(...listeners);
  }

  get listeners(): readonly OutboxListener[] {
    return this.known;
  }

  /** True if somebody is told of versions of the type. */
  isFor(type: string): boolean {
    return this.known.some((listener) => isOf(listener, type));
  }

  /** Within the transaction that stored the versions; true if somebody is told of them. */
  async append(tx: SqlSession, stored: readonly StoredEvent[]): Promise<boolean> {
    if (this.known.length === 0) return false;
    const events = stored.flatMap((version) =>
      this.known.filter((one) => isOf(one, version.type)).map(({ name: listener }) => ({ ...version, listener })),
    );
    return events.length > 0 && (await tx.count(appendStatement(events))) > 0;
  }

  /** After a commit that may have added events: this server looks for them at once. */
  wake(): void {
    for (const wake of this.wakers) wake();
  }

  /** `wake` is called after each commit that may have added events. */
  whenWoken(wake: () => void): void {
    this.wakers = [...this.wakers, wake];
  }
}

const isOf = ({ types }: OutboxListener, type: string): boolean => types?.includes(type) ?? true;

export const countEvents = (session: SqlSession): Promise<OutboxCount[]> =>
  session.rows<OutboxCount & Record<string, unknown>>(countStatement());

/** Dead letters first, then the oldest. */
export const listEvents = (session: SqlSession, which: Chosen, most: number): Promise<OutboxEntry[]> =>
  session.rows<OutboxEntry & Record<string, unknown>>(listStatement(which, most));

/** Makes events due at once, dead letters included, and returns how many. */
export const resendEvents = (session: SqlSession, which: Chosen): Promise<number> =>
  session.count(resendStatement(which));

/** Removes events undelivered, and returns how many. */
export const discardEvents = (session: SqlSession, which: Chosen): Promise<number> =>
  session.count(discardStatement(which));

/** Events that were removed undelivered, since there were too many. */
export interface Trimmed {
  readonly removed: number;
  /** Of them, those that were still tried. */
  readonly waited: number;
  /** Instants of the oldest and the newest one; null where none was removed. */
  readonly first: string | null;
  readonly last: string | null;
}

/** Removes the oldest events of a listener beyond `limit`, at most `most`. */
export async function trimEvents(session: SqlSession, listener: string, limit: number, most: number): Promise<Trimmed> {
  const [trimmed] = await session.rows<Trimmed & Record<string, unknown>>(trimStatement(listener, limit, most));
  return trimmed!;
}
