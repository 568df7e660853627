import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { CallerShares, type ShareOptions } from '../caller-shares.js';
import type { Position, PrimaryTrack } from './primary-track.js';
import { probePool } from '../probe-pool.js';
import { reasonOf } from '../open-database.js';
import { SteadyClient, TracedClient } from '../steady-client.js';

/** Milliseconds. A standby that is further behind is not used at all. */
export const mostBehindMs = 60_000;

const connectionTimeoutMillis = 5000;

/** Query that any user may run; the timeline of a standby is that of its last restart point. */
const identityOf = (timeline: string): string =>
  `concat_ws(' ', system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()), ${timeline}) AS identity`;

/** All that was acknowledged has been flushed. */
export const primaryStatement = `
  SELECT ${identityOf('substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8)')},
    (pg_current_wal_flush_lsn() - '0/0')::text AS position FROM pg_control_system()`;

export const standbyStatement = `
  SELECT ${identityOf("lpad(upper(to_hex(timeline_id)), 8, '0')")}, pg_is_in_recovery() AS "isStandby",
    coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::text AS position FROM pg_control_system(), pg_control_checkpoint()`;

export interface Row {
  readonly identity: string;
  readonly position: string;
}

export interface StandbyRow extends Row {
  readonly isStandby: boolean;
}

export const positionOf = ({ identity, position }: Row): Position => ({ identity, position: BigInt(position) });

export interface PoolOfStandby {
  readonly poolSize: number;
  /** Parts of it that callers may hold. */
  readonly shares: Pick<ShareOptions, 'share' | 'queue'>;
  readonly traced: boolean;
}

/** A database that streams from the primary. */
export class Standby {
  readonly pool: Pool;
  readonly shares: CallerShares;
  private readonly probe: Pool;
  /** Moment of its data at the last look, in ms of `performance.now()`. */
  asOf: number | undefined;
  /** Reason why it cannot be used. */
  trouble: string | undefined = 'was not looked at yet';
  /** Reads that have begun on it. */
  reads = 0;

  constructor(
    /** Host and port. */
    readonly name: string,
    connection: string | PoolConfig,
    private readonly track: PrimaryTrack,
    { poolSize, traced, shares }: PoolOfStandby,
  ) {
    const target = typeof connection === 'string' ? { connectionString: connection } : connection;
    const Client = traced ? TracedClient : SteadyClient;
    const pool = new Pool({ ...target, Client, application_name: 'lanyard', max: poolSize, connectionTimeoutMillis });
    this.pool = pool.on('error', () => undefined);
    this.probe = probePool(target);
    this.shares = new CallerShares({ ...shares, pool: poolSize });
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.probe.end()]);
  }

  /** Never rejects. */
  async look(): Promise<void> {
    try {
      const { rows } = await this.probe.query<StandbyRow>(standbyStatement);
      this.asOf = this.momentOf(rows[0]!);
      this.trouble = this.troubleOf(rows[0]!);
    } catch (error) {
      this.asOf = undefined;
      this.trouble = `cannot be reached: ${reasonOf(error)}`;
    }
  }

  /** Opens a transaction; the moment that all of it is of, or later. An address may lead to another server each time. */
  async begin(client: PoolClient): Promise<number | undefined> {
    const [, { rows }] = (await client.query(`BEGIN READ ONLY; ${standbyStatement}`)) as unknown as readonly [
      unknown,
      { readonly rows: readonly [StandbyRow] },
    ];
    return this.momentOf(rows[0]);
  }

  private momentOf(row: StandbyRow): number | undefined {
    return row.isStandby ? this.track.momentOf(positionOf(row)) : undefined;
  }

  private troubleOf(row: StandbyRow): string | undefined {
    if (!row.isStandby) return 'is no standby';
    if (!this.track.isOf(row.identity)) return 'follows another database or timeline than that of DATABASE_URL';
    const isOld = this.asOf === undefined || performance.now() - this.asOf > mostBehindMs;
    return isOld ? `is more than ${mostBehindMs / 1000} s behind` : undefined;
  }
}
