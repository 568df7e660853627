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
  if ('release' in connection) return runOn(limits, connection, run);
  const client = await connection.connect();
  let failure: Error | undefined;
  try {
    return await runOn(limits, client, run);
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection that failed is not used again.
    client.release(failure);
  }
}

async function runOn<T>(
  { seconds, setting = 'STATEMENT_TIMEOUT', whenGone }: StatementLimits,
  client: PoolClient,
  run: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const connected = client as unknown as Connected;
  let cancelled: Promise<void> | undefined;
  let why: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  let repeating: NodeJS.Timeout | undefined;
  const askToStop = (): void => {
    cancelled = Promise.all([cancelled, cancel(connected)]).then(() => undefined);
  };
  const stop = (reason: Error): void => {
    if (why) return;
    why = reason;
    clearTimeout(timer);
    askToStop();
    repeating = setInterval(askToStop, repeatAfter);
    timer = setTimeout(() => connected.connection.stream.destroy(), patience);
  };
  if (seconds > 0) timer = setTimeout(() => stop(new StatementTooSlow(seconds, setting)), seconds * 1000);
  const stopListening = whenGone?.(() => stop(new CallerGone()));
  try {
    return await run(client);
  } catch (error) {
    throw why && codeOf(error) === '57014' ? why : error;
  } finally {
    clearTimeout(timer);
    clearInterval(repeating);
    stopListening?.();
    // The next statement of this connection must not be hit by a cancellation that is still on its way.
    if (cancelled) await cancelled;
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
