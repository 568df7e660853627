import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { copyRows } from '../../../database/belt/copy-rows.js';
import { type ChangePoll, changePollOf } from '../../../database/changes/change-poll.js';
import { CallerGone, type CallerShares, ownWork, type RequestCaller } from '../../../database/caller-shares.js';
import { type Held, holdersOf } from '../../../database/distribution/holders.js';
import { isGivenAway } from '../../../database/distribution/shard-group.js';
import { inTransaction } from '../../../database/in-transaction.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { FhirOptions } from '../../fhir-options.js';
import { boundQuery, sendUnprepared } from './bound-query.js';
import { copiedRow } from './copied-row.js';
import { describeFailure, failureOf, isPreparationLost, isRetryable, throwFailure } from './database-failure.js';
import { heldQuery } from './held-query.js';
import { queryWithin, runWithin, type StatementLimits } from './query-within.js';
import type { Extend, Statement } from './statement.js';
import { textWithValues } from './text-with-values.js';
import { requireStorable } from './unstorable-text.js';

const attempts = 8;

/** Databases that were asked whether they have Citus. */
const onCitus = new WeakMap<Pool, boolean>();

export interface Limits extends Pick<FhirOptions, 'statementTimeout'> {
  /** Seconds for a read within one record; without it, `statementTimeout` counts. */
  readonly recordStatementTimeout?: number;
  /** The setting that `statementTimeout` comes from, if not STATEMENT_TIMEOUT. */
  readonly setting?: string;
}

/** Runs statements on a pool; within {@link transaction} on one connection. Statements of the server itself take no share. */
export class SqlSession {
  constructor(
    protected readonly pool: Pool,
    protected readonly limits: Limits,
    private readonly shares?: CallerShares,
    /** The statements take the share of this caller. */
    protected readonly caller?: RequestCaller,
  ) {}

  /** For a request that writes: it takes a connection of its caller's share, and goes on when the client goes away. */
  for({ key }: RequestCaller): SqlSession {
    return new SqlSession(this.pool, this.limits, this.shares, { key });
  }

  /** For a request that reads: its statements end when the client goes away, and within one record after a shorter time. */
  reading(caller: RequestCaller, isOfRecord: boolean): SqlSession {
    return new ReadingSession(this.pool, this.limitsOf(isOfRecord), this.shares, caller);
  }

  protected limitsOf(isOfRecord: boolean): Limits {
    const { statementTimeout, recordStatementTimeout = 0 } = this.limits;
    if (!isOfRecord || recordStatementTimeout === 0) return this.limits;
    const isShorter = statementTimeout === 0 || recordStatementTimeout < statementTimeout;
    if (!isShorter) return this.limits;
    return { ...this.limits, statementTimeout: recordStatementTimeout, setting: 'RECORD_STATEMENT_TIMEOUT' };
  }

  /** Session without a limit of time: work that prepares the server may wait. */
  get unlimited(): SqlSession {
    return this.within(0);
  }

  /** Session with another limit of time for each statement. */
  within(seconds: number): SqlSession {
    return new SqlSession(this.pool, { statementTimeout: seconds }, this.shares, this.caller);
  }

  /** Session that sends each statement that changes rows as `extend` makes it, and tells the rows that it returns. */
  with(extend: Extend, told: (rows: readonly QueryResultRow[]) => void): SqlSession {
    const { pool, limits, shares, caller } = this;
    return new ExtendedSession({ pool, limits, shares, caller }, extend, told);
  }

  /** The poll for changes that all tenants of the process share. */
  get changes(): ChangePoll {
    return changePollOf(this.pool);
  }

  /** True within {@link transaction}. */
  get isTransaction(): boolean {
    return false;
  }

  /** True on Citus, which does one thing with one statement (docs/adr/0069). Asked once: a database is distributed while no server runs. */
  async isOnCitus(): Promise<boolean> {
    let known = onCitus.get(this.pool);
    if (known === undefined) {
      const text = `SELECT FROM pg_extension WHERE extname = 'citus'`;
      known = (await this.rows({ text, values: [] })).length > 0;
      onCitus.set(this.pool, known);
    }
    return known;
  }

  async rows<R extends QueryResultRow>(statement: Statement): Promise<R[]> {
    return (await this.run<R>(statement)).rows;
  }

  /** The number of rows that the statement changed. */
  async count(statement: Statement): Promise<number> {
    return (await this.run(statement)).rowCount ?? 0;
  }

  /** The first row of a SELECT as bytes: for what is large. Texts and bytea are their bytes; null is none. */
  copied(statement: Statement): Promise<readonly Buffer[] | undefined> {
    const copy = (client: PoolClient) => copiedRow(client, textWithValues(statement));
    return this.withinShare(() => runWithin(this.limitsOfStatement, this.connection, copy)).catch(throwFailure);
  }

  /** Appends rows in the binary format of COPY, within {@link transaction}; rows of tenants begin with the number of theirs. */
  copy(table: string, _columns: readonly string[], _rows: Iterable<Buffer>): Promise<void> {
    return Promise.reject(new TypeError(`COPY ${table} needs a transaction`));
  }

  /** READ COMMITTED. `work` runs again from its start after a deadlock or a lost race, so it must not have other effects. */
  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work);
      } catch (error) {
        if (attempt === attempts || !isRetryable(error)) throw describeFailure(error);
        await delay(Math.random() * 2 ** attempt);
      }
    }
  }

  /** Opened with one statement: what TypeORM does takes two, and a round trip costs more than most of a small write. */
  private attempt<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const { pool, limits } = this;
    return this.withinShare(() =>
      inTransaction(pool, begin, (client) => new TransactionSession(pool, limits, client).during(work)),
    );
  }

  /** REPEATABLE READ: all statements see the rows of one moment. It runs once, and should change nothing that others change. */
  snapshot<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const { pool, limits } = this;
    return this.withinShare(() =>
      inTransaction(pool, beginSnapshot, (client) => new TransactionSession(pool, limits, client).during(work)),
    );
  }

  private withinShare<T>(work: () => Promise<T>): Promise<T> {
    const { shares, caller } = this;
    return shares && caller && caller.key !== ownWork.key ? shares.within(caller, work) : work();
  }

  protected get connection(): Pool | PoolClient {
    return this.pool;
  }

  protected get limitsOfStatement(): StatementLimits {
    const { statementTimeout: seconds, setting } = this.limits;
    return { seconds, setting, whenGone: this.caller?.whenGone };
  }

  /** Sends a statement on the connection, as it is prepared on those of the pool. */
  protected send<R extends QueryResultRow>(statement: Statement): Promise<QueryResult<R>> {
    return queryWithin<R>(this.limitsOfStatement, this.connection, boundQuery(statement, this.pool));
  }

  protected async run<R extends QueryResultRow>(statement: Statement): Promise<QueryResult<R>> {
    requireStorable(statement.values);
    try {
      return await this.withinShare(() => this.send<R>(statement));
    } catch (error) {
      if (isPreparationLost(error)) {
        sendUnprepared(this.pool);
        if (!this.isTransaction) return this.run(statement);
      }
      throw failureOf(error);
    }
  }
}

/**
 * Reads of a request, outside of a transaction. On a distributed database each statement is sent to the node that holds the tenant, and to the
 * coordinator where that fails (docs/adr/0128). All else that is made of it is sent to the coordinator.
 */
class ReadingSession extends SqlSession {
  protected override send<R extends QueryResultRow>(statement: Statement): Promise<QueryResult<R>> {
    const held = holdersOf(this.pool)?.current;
    return held ? this.sendToHolder<R>(statement, held) : super.send<R>(statement);
  }

  private async sendToHolder<R extends QueryResultRow>(statement: Statement, held: Held): Promise<QueryResult<R>> {
    const { node, shards } = held;
    try {
      const result = await queryWithin<R>(this.limitsOfStatement, node.pool, heldQuery(statement, held));
      node.answered();
      return result;
    } catch (error) {
      if (error instanceof FhirError || error instanceof CallerGone) throw error;
      if (isPreparationLost(error)) sendUnprepared(node.pool);
      if (shards && isGivenAway(error as Error)) {
        node.gaveAway();
        holdersOf(this.pool)?.forgetShards(shards);
      } else node.failed(error);
      return super.send<R>(statement);
    }
  }
}

interface SqlSessionParts {
  readonly pool: Pool;
  readonly limits: Limits;
  readonly shares: CallerShares | undefined;
  readonly caller: RequestCaller | undefined;
}

class ExtendedSession extends SqlSession {
  constructor(
    { pool, limits, shares, caller }: SqlSessionParts,
    private readonly extend: Extend,
    private readonly told: (rows: readonly QueryResultRow[]) => void,
  ) {
    super(pool, limits, shares, caller);
  }

  override async count(statement: Statement): Promise<number> {
    const { rows, rowCount } = await this.run(this.extend(statement));
    this.told(rows);
    return rowCount ?? 0;
  }
}

/** A defect: code that nobody waits for any more works on in a transaction that has ended. */
class TransactionIsOver extends Error {
  override readonly name = 'TransactionIsOver';
}

/** Within a transaction that has begun on the client. */
export class TransactionSession extends SqlSession {
  constructor(
    pool: Pool,
    limits: Limits,
    protected readonly client: PoolClient,
    caller?: RequestCaller,
  ) {
    super(pool, limits, undefined, caller);
  }

  /** Shared with the sessions that are made of this one. */
  private life = { isOver: false };

  /** Runs the work; afterwards the session is of no use: the connection is somebody else's then. */
  async during<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    try {
      return await work(this);
    } finally {
      this.life.isOver = true;
    }
  }

  override for(): this {
    return this;
  }

  /** It has its connection already. Its reads go on when the client goes away. */
  override reading(_caller: RequestCaller, isOfRecord: boolean): SqlSession {
    return this.alike(isOfRecord);
  }

  protected alike(isOfRecord: boolean, caller?: RequestCaller): TransactionSession {
    const session = new TransactionSession(this.pool, this.limitsOf(isOfRecord), this.client, caller);
    session.life = this.life;
    return session;
  }

  override get isTransaction(): boolean {
    return true;
  }

  override transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return work(this);
  }

  override async copy(table: string, columns: readonly string[], rows: Iterable<Buffer>): Promise<void> {
    await copyRows(this.connection, { table, columns, format: 'binary' }, Readable.from(rows)).catch(throwFailure);
  }

  protected override get connection(): PoolClient {
    if (this.life.isOver) throw new TransactionIsOver('The transaction has ended.');
    return this.client;
  }
}

/** A transaction that only reads: it ends when the client goes away. */
export class ReadingTransaction extends TransactionSession {
  override reading(caller: RequestCaller, isOfRecord: boolean): SqlSession {
    return this.alike(isOfRecord, caller);
  }
}

const begin = (client: PoolClient): Promise<unknown> => client.query('BEGIN ISOLATION LEVEL READ COMMITTED');

const beginSnapshot = (client: PoolClient): Promise<unknown> => client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
