import { connect } from 'node:net';
import type { Pool, PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { CallerGone, type RequestCaller } from '../../../database/caller-shares.js';
import { codeOf } from '../../../database/database-away.js';
import { queryConnection } from './known-statement.js';
import type { BindValue } from './statement.js';
import { StatementTooSlow } from './statement-too-slow.js';

/** PostgreSQL gets this long to heed a cancellation before its connection is given up, in ms. */
const patience = 5000;
/** PostgreSQL forgets a cancellation that comes before the statement: it is asked again after this long, in ms. */
const repeatAfter = 500;

/** Properties of a connected client that @types/pg does not declare. */
interface Connected {
  readonly host: string;
  readonly port: number;
  readonly processID: number;
  readonly secretKey: number;
  readonly connection: { readonly stream: { destroy(): void } };
}

export interface StatementLimits {
  /** 0: no limit. */
  readonly seconds: number;
  /** The setting that `seconds` comes from. */
  readonly setting?: string | undefined;
  /** The statement is cancelled when the client goes away. */
  readonly whenGone?: RequestCaller['whenGone'];
}

export function queryWithin<R extends QueryResultRow>(
  limits: StatementLimits,
  connection: Pool | PoolClient,
  query: QueryConfig<BindValue[]>,
): Promise<QueryResult<R>> {
  return runWithin(limits, connection, (client) => queryConnection<R>(client, query));
}

/**
 * Runs one statement on a connection within its limits, then asks PostgreSQL to cancel it. A timer here, since a session
 * parameter is refused or mixed up behind a transaction pooler, and SET LOCAL would make every read three statements.
 * Throws {@link StatementTooSlow} or {@link CallerGone}.
 */
export async function runWithin<T>(
  limits: StatementLimits,
  connection: Pool | PoolClient,
  run: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const isTaken = !('release' in connection);
  const client = isTaken ? await connection.connect() : connection;
  const running = new RunningStatement(limits, client as unknown as Connected);
  let failure: Error | undefined;
  try {
    return await run(client);
  } catch (error) {
    failure = error as Error;
    throw running.whyStopped(error);
  } finally {
    const cancelled = running.end();
    // The next statement of this connection must not be hit by a cancellation that is still on its way.
    if (cancelled) await cancelled;
    // A connection that failed is not used again.
    if (isTaken) client.release(failure);
  }
}

/** Ends a statement that takes too long, or whose client has gone. A class: nearly every statement ends by itself, and makes no closures then. */
class RunningStatement {
  private cancelled: Promise<void> | undefined;
  private why: Error | undefined;
  private timer: NodeJS.Timeout | undefined;
  private repeating: NodeJS.Timeout | undefined;
  private readonly stopListening: (() => void) | undefined;

  constructor(
    private readonly limits: StatementLimits,
    private readonly connected: Connected,
  ) {
    const { seconds, whenGone } = limits;
    if (seconds > 0) this.timer = setTimeout(RunningStatement.takesTooLong, seconds * 1000, this);
    this.stopListening = whenGone?.(() => this.stop(new CallerGone()));
  }

  /** Returns the reason of a statement that was cancelled, otherwise the error itself. */
  whyStopped(error: unknown): unknown {
    return this.why && codeOf(error) === '57014' ? this.why : error;
  }

  /** Once the statement has ended; returns what is to be waited for. */
  end(): Promise<void> | undefined {
    clearTimeout(this.timer);
    if (this.repeating) clearInterval(this.repeating);
    this.stopListening?.();
    return this.cancelled;
  }

  private static takesTooLong(this: void, running: RunningStatement): void {
    const { seconds, setting = 'STATEMENT_TIMEOUT' } = running.limits;
    running.stop(new StatementTooSlow(seconds, setting));
  }

  private stop(reason: Error): void {
    if (this.why) return;
    this.why = reason;
    clearTimeout(this.timer);
    this.askToStop();
    this.repeating = setInterval(() => this.askToStop(), repeatAfter);
    this.timer = setTimeout(() => this.connected.connection.stream.destroy(), patience);
  }

  private askToStop(): void {
    this.cancelled = Promise.all([this.cancelled, cancel(this.connected)]).then(() => undefined);
  }
}

/** The CancelRequest of https://www.postgresql.org/docs/current/protocol-message-formats.html; there is no answer to it. */
function cancel({ host, port, processID, secretKey }: Connected): Promise<void> {
  const request = Buffer.alloc(16);
  [16, 80_877_102, processID, secretKey].forEach((value, i) => request.writeInt32BE(value, i * 4));
  const address = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  return new Promise((resolve) => {
    const socket = connect(address, () => socket.end(request));
    socket.setTimeout(patience, () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
  });
}
