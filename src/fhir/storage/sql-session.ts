import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { DataSource } from 'typeorm';
import { poolOf } from '../../database/pool-of.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { describeFailure, isPreparationLost, isRetryable } from './database-failure.js';
import { preparedName } from './prepared-name.js';
import { queryWithin } from './query-within.js';
import type { BindValue, Statement } from './statement.js';
import { UnstorableText } from './unstorable-text.js';

const attempts = 8;

/** Databases behind a pooler that gives each transaction another connection and does not prepare its statements there. */
const forgetful = new WeakSet<DataSource>();

/** Runs statements on TypeORM's pool; within {@link transaction} on one connection. */
@Injectable()
export class SqlSession {
  constructor(
    protected readonly dataSource: DataSource,
    @Inject(FHIR_OPTIONS) protected readonly limits: Pick<FhirOptions, 'statementTimeout'>,
  ) {}

  /** The same without a limit of time: what prepares the server may wait. */
  get unlimited(): SqlSession {
    return new SqlSession(this.dataSource, { statementTimeout: 0 });
  }

  /** The same, which sends each statement that changes rows as `extend` makes it. */
  with(extend: (statement: Statement) => Statement): SqlSession {
    return new ExtendedSession(this.dataSource, this.limits, extend);
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
  private async attempt<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let failure: Error | undefined;
    try {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      const result = await work(new TransactionSession(this.dataSource, this.limits, client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that cannot roll back is not used again.
      await client.query('ROLLBACK').catch((broken: Error) => (failure = broken));
      throw error;
    } finally {
      client.release(failure);
    }
  }

  protected get connection(): Pool | PoolClient {
    return this.pool;
  }

  private get pool(): Pool {
    return poolOf(this.dataSource);
  }

  private async run<R extends QueryResultRow>(statement: Statement): Promise<QueryResult<R>> {
    const { isPrepared = false, text, values } = statement;
    if (values.some(holdsNul)) throw new UnstorableText();
    const name = isPrepared && !forgetful.has(this.dataSource) ? preparedName(text) : undefined;
    try {
      const query = name === undefined ? { text, values: [...values] } : { name, text, values: [...values] };
      return await queryWithin<R>(this.limits.statementTimeout, this.connection, query);
    } catch (error) {
      if (isPreparationLost(error)) {
        forgetful.add(this.dataSource);
        if (!this.isTransaction) return this.run(statement);
      }
      throw isRetryable(error) ? error : describeFailure(error);
    }
  }
}

class ExtendedSession extends SqlSession {
  constructor(
    dataSource: DataSource,
    limits: Pick<FhirOptions, 'statementTimeout'>,
    private readonly extend: (statement: Statement) => Statement,
  ) {
    super(dataSource, limits);
  }

  override count(statement: Statement): Promise<number> {
    return super.count(this.extend(statement));
  }
}

class TransactionSession extends SqlSession {
  constructor(
    dataSource: DataSource,
    limits: Pick<FhirOptions, 'statementTimeout'>,
    private readonly client: PoolClient,
  ) {
    super(dataSource, limits);
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

const holdsNul = (value: BindValue): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : Array.isArray(value) && value.some((item) => holdsNul(item as BindValue));
