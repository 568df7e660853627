import type { Pool } from 'pg';
import { defaultTenant } from '../tenant.js';

/** Load of a process, on average since its last sign of life. */
export interface ProcessLoad {
  readonly requestsPerSecond: number;
  /** Milliseconds; 99 of 100 turns of the event loop were no later. */
  readonly eventLoopDelay: number;
  /** Connections to the database: those at work, those that there may be, and work that waits for one. */
  readonly poolInUse: number;
  readonly poolSize: number;
  readonly poolWaiting: number;
  /** Bytes that the process occupies. */
  readonly memory: number;
}

/** A sign of life of a process. */
export interface ProcessSign {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly migration: string;
  readonly state: string;
  readonly load: ProcessLoad;
  /** Seconds for which it has run. */
  readonly uptime: number;
}

/** A process as others see it. */
export interface SeenProcess extends Omit<ProcessSign, 'uptime'> {
  readonly started: Date;
  readonly seen: Date;
  /** Seconds since its last sign of life, by the clock of the database. */
  readonly silentFor: number;
}

/** Milliseconds. A statement that hangs must not keep the next one. */
const patience = 3_000;
/** After so long without a sign of life a process is not listed, and its row is removed. */
const forgotten = `interval '1 hour'`;
/** Rows of one list. */
const most = 500;

/** Signs of life of the processes on one database, in the table `server_process`. */
export class ServerProcesses {
  constructor(private readonly pool: Pool) {}

  /** Tells that the process lives. */
  async tell({ id, host, pid, version, migration, state, load, uptime }: ProcessSign): Promise<void> {
    await this.query(
      `INSERT INTO server_process (tenant, id, host, pid, version, migration, state, load, started, seen)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() - make_interval(secs => $9), now())
       ON CONFLICT (tenant, id) DO UPDATE SET state = EXCLUDED.state, load = EXCLUDED.load, seen = EXCLUDED.seen`,
      [defaultTenant, id, host, pid, version, migration, state, JSON.stringify(load), uptime],
    );
  }

  /** The oldest first; without those that nothing was heard of for an hour. */
  async list(): Promise<readonly SeenProcess[]> {
    return this.query<SeenProcess>(
      `SELECT id, host, pid, version, migration, state, load, started, seen,
         extract(epoch FROM now() - seen)::float8 AS "silentFor"
       FROM server_process WHERE tenant = $1 AND seen > now() - ${forgotten} ORDER BY started, id LIMIT ${most}`,
      [defaultTenant],
    );
  }

  /** Removes a process that ends. */
  async remove(id: string): Promise<void> {
    await this.query('DELETE FROM server_process WHERE tenant = $1 AND id = $2', [defaultTenant, id]);
  }

  /** Removes processes that nothing was heard of for an hour. */
  async forget(): Promise<void> {
    await this.query(`DELETE FROM server_process WHERE tenant = $1 AND seen < now() - ${forgotten}`, [defaultTenant]);
  }

  private async query<T extends object>(text: string, values: readonly unknown[]): Promise<readonly T[]> {
    return (await this.pool.query<T>({ text, values: [...values], query_timeout: patience } as never)).rows;
  }
}
