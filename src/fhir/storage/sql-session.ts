import { setTimeout as delay } from 'node:timers/promises';
import type { FactoryProvider } from '@nestjs/common';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { DataSource } from 'typeorm';
import { inTransaction } from '../../database/in-transaction.js';
import { poolOf } from '../../database/pool-of.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { describeFailure, isPreparationLost, isRetryable } from './database-failure.js';
import { preparedName } from './prepared-name.js';
import { queryWithin } from './query-within.js';
import type { BindValue, Statement } from './statement.js';
import { UnstorableText } from './unstorable-text.js';

const attempts = 8;

/** Databases behind a pooler that gives each transaction another connection and does not prepare its statements there. */
const forgetful = new WeakSet<Pool>();

type Limits = Pick<FhirOptions, 'statementTimeout'>;

/** Runs statements on a pool; within {@link transaction} on one connection. */
export class SqlSession {
  constructor(
    protected readonly pool: Pool,
    protected readonly limits: Limits,
  ) {}

  /** The same without a limit of time: what prepares the server may wait. */
  get unlimited(): SqlSession {
    return this.within(0);
  }

  /** The same whose statements may take so many seconds. */
  within(seconds: number): SqlSession {
    return new SqlSession(this.pool, { statementTimeout: seconds });
  }

  /** The same, which sends each statement that changes rows as `extend` makes it. */
  with(extend: (statement: Statement) => Statement): SqlSession {
    return new ExtendedSession(this.pool, this.limits, extend);
  }

  /** Whether it is one within {@link transaction}. */
  get isTransaction(): boolean {
    return false;
  }

  async rows<R extends QueryResultRow>(statement: Statement): Promise<R[]> {
    return (await this.run<R>(statement)).rows;
  }

  /** The number of rows that the statement changed. */
  async count(statement: Statement): Promise<number> {
    return (await this.run(statement)).rowCount ?? 0;
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
    return inTransaction(this.pool, begin, (client) => work(new TransactionSession(this.pool, this.limits, client)));
  }

  protected get connection(): Pool | PoolClient {
    return this.pool;
  }

  private async run<R extends QueryResultRow>(statement: Statement): Promise<QueryResult<R>> {
    const { isPrepared = false, text, values } = statement;
    if (values.some(holdsNul)) throw new UnstorableText();
    const name = isPrepared && !forgetful.has(this.pool) ? preparedName(text) : undefined;
    try {
      const query = name === undefined ? { text, values: [...values] } : { name, text, values: [...values] };
      return await queryWithin<R>(this.limits.statementTimeout, this.connection, query);
    } catch (error) {
      if (isPreparationLost(error)) {
        forgetful.add(this.pool);
        if (!this.isTransaction) return this.run(statement);
      }
      throw isRetryable(error) ? error : describeFailure(error);
    }
  }
}

class ExtendedSession extends SqlSession {
  constructor(
    pool: Pool,
    limits: Limits,
    private readonly extend: (statement: Statement) => Statement,
  ) {
    super(pool, limits);
  }

  override count(statement: Statement): Promise<number> {
    return super.count(this.extend(statement));
  }
}

/** Within a transaction that has begun on the client. */
export class TransactionSession extends SqlSession {
  constructor(
    pool: Pool,
    limits: Limits,
    private readonly client: PoolClient,
  ) {
    super(pool, limits);
  }

  override get isTransaction(): boolean {
    return true;
  }

  override transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return work(this);
  }

  protected override get connection(): PoolClient {
    return this.client;
  }
}

/** On TypeORM's pool. */
export const sqlSession: FactoryProvider = {
  provide: SqlSession,
  inject: [DataSource, FHIR_OPTIONS],
  useFactory: (dataSource: DataSource, limits: FhirOptions) => new SqlSession(poolOf(dataSource), limits),
};

const begin = (client: PoolClient): Promise<unknown> => client.query('BEGIN ISOLATION LEVEL READ COMMITTED');

const holdsNul = (value: BindValue): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : Array.isArray(value) && value.some((item) => holdsNul(item as BindValue));
