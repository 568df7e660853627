import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool, PoolClient, PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { bindConnections, isBound } from '../belt/bind-connections.js';
import type { RequestCaller } from '../caller-shares.js';
import { inTransaction } from '../in-transaction.js';
import { poolOf } from '../pool-of.js';
import { PrimaryTrack } from './primary-track.js';
import { probePool } from '../probe-pool.js';
import { mostBehindMs, type PoolOfStandby, positionOf, primaryStatement, type Row, Standby } from './standby.js';

/** No standby has data as fresh as was asked. */
export class NoStandby extends Error {
  override readonly name = 'NoStandby';
}

export interface StandbyOptions extends PoolOfStandby {
  readonly connections: readonly { readonly name: string; readonly connection: string | PoolConfig }[];
}

/** A transaction on a standby. */
export interface StandbyTransaction {
  readonly pool: Pool;
  readonly client: PoolClient;
  /** Seconds that it is behind at most. */
  readonly age: number;
}

const lookEveryMs = 1000;

/** The standbys of a database, and how far behind it each is. */
export class Standbys implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Standbys.name);
  private readonly track = new PrimaryTrack(mostBehindMs);
  private readonly primary: Pool;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private turn = 0;
  readonly all: readonly Standby[];

  constructor(primary: DataSource, { connections, ...options }: StandbyOptions) {
    this.primary = probePool(primary.options.extra as PoolConfig);
    this.all = connections.map(({ name, connection }) => new Standby(name, connection, this.track, options));
    if (isBound(poolOf(primary))) this.all.forEach(({ pool }) => bindConnections(pool));
  }

  /** Not awaited: a standby that is down delays no start. */
  onApplicationBootstrap(): void {
    void this.lookAgain();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await Promise.all([this.primary.end(), ...this.all.map((standby) => standby.close())]);
  }

  get areWell(): boolean {
    return this.all.every(({ trouble }) => trouble === undefined);
  }

  /** Runs `work` for a caller on one that is of the moment `since`, in ms of `performance.now()`, or later; throws {@link NoStandby}. */
  async read<T>(
    caller: RequestCaller,
    since: number,
    work: (transaction: StandbyTransaction) => Promise<T>,
  ): Promise<T> {
    const fresh = this.all.filter(({ trouble, asOf = -Infinity }) => trouble === undefined && asOf >= since);
    const standby = fresh[this.turn++ % fresh.length];
    if (!standby) throw new NoStandby();
    let age = 0;
    const begin = async (client: PoolClient): Promise<void> => {
      const asOf = await standby.begin(client);
      if (asOf === undefined || asOf < since) throw new NoStandby();
      age = Math.ceil((performance.now() - asOf) / 1000);
      standby.reads++;
    };
    return standby.shares.within(caller, () =>
      inTransaction(standby.pool, begin, (client) => work({ pool: standby.pool, client, age })),
    );
  }

  private async lookAgain(): Promise<void> {
    await this.lookAtPrimary().catch(() => undefined);
    await Promise.all(this.all.map((standby) => this.lookAt(standby)));
    if (!this.isClosed) this.timer = setTimeout(() => void this.lookAgain(), lookEveryMs).unref();
  }

  /** While it does not answer, the standbys grow old. */
  private async lookAtPrimary(): Promise<void> {
    const at = performance.now();
    const { rows } = await this.primary.query<Row>(primaryStatement);
    this.track.note(at, positionOf(rows[0]!));
  }

  private async lookAt(standby: Standby): Promise<void> {
    const before = standby.trouble;
    await standby.look();
    const { name, trouble } = standby;
    if (trouble === before || this.isClosed) return;
    if (trouble === undefined) this.logger.log(`The standby ${name} is used.`);
    else this.logger.warn(`The standby ${name} ${trouble}; it is not used.`);
  }
}
