import { setImmediate as turn } from 'node:timers/promises';
import type { SqlSession } from '../session/sql-session.js';

/** Rows for a table; a generator makes them when they are sent. */
export interface Copy {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: Iterable<Buffer>;
}

/** The session of a load: PostgreSQL works on one statement while the next rows are made. Errors of what went ahead are thrown later. */
export class StatementsInOrder {
  private last: Promise<unknown> = Promise.resolve();
  private ahead: Promise<unknown> = Promise.resolve();

  constructor(private readonly session: SqlSession) {}

  copy(table: string, columns: readonly string[], rows: Iterable<Buffer>): Promise<void> {
    return this.afterOthers(() => this.session.copy(table, columns, rows));
  }

  /** Resolves when the rows before are stored and these are on their way, so that two batches at most are in memory. */
  async copyAhead(...copies: readonly Copy[]): Promise<void> {
    await this.ahead;
    this.ahead = Promise.all(copies.map(({ table, columns, rows }) => this.copy(table, columns, rows)));
    this.ahead.catch(() => undefined);
    await turn();
  }

  /** Lets the socket take what waits for it; work on many rows would keep it from that. */
  async breathe(): Promise<void> {
    await turn();
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    await this.last;
  }

  private afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const next = this.last.then(work);
    this.last = next.catch(() => undefined);
    return next;
  }
}
