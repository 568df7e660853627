import { Logger } from '@nestjs/common';
import { Pool, type PoolConfig } from 'pg';
import { NamesByGroup } from './names-by-group.js';
import { nodeConnection } from './node-connection.js';
import { reasonOf } from '../open-database.js';
import { requireTenant } from '../tenants/require-tenant.js';

/** Milliseconds for which a node that failed is not asked. */
const pauseMs = 5000;
/** Seconds after which a connection ends, and with it what it has prepared for shards that have moved away. */
const maxLifetimeSeconds = 600;

export interface HolderOptions {
  /** Connection to the coordinator. */
  readonly connection: PoolConfig;
  /** Connections to each node at most. */
  readonly poolSize: number;
  /** True if work of no tenant gets no connection. */
  readonly needsTenant: boolean;
}

interface NodeAddress {
  /** Host and port. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

/** A node that holds the rows of tenants. */
export class Holder {
  readonly name: string;
  readonly pool: Pool;
  readonly names = new NamesByGroup();
  /** Reads that it answered, and those that it failed, so that the coordinator answered them. */
  readonly reads = { answered: 0, failed: 0 };
  private pausedUntil = -Infinity;
  private isWell = true;
  private readonly logger = new Logger(Holder.name);

  constructor({ address, host, port }: NodeAddress, { connection, poolSize, needsTenant }: HolderOptions) {
    this.name = address;
    const pool = new Pool({ ...nodeConnection(connection, { host, port }), max: poolSize, maxLifetimeSeconds });
    if (needsTenant) requireTenant(pool);
    this.pool = pool.on('error', () => undefined);
  }

  /** True for some seconds after a failure. */
  get isPaused(): boolean {
    return performance.now() < this.pausedUntil;
  }

  /** It answered a read. */
  answered(): void {
    this.reads.answered++;
    if (this.isWell) return;
    this.isWell = true;
    this.logger.log(`The node ${this.name} answers reads again.`);
  }

  /** It does not have the rows of a read any more; it goes on to be asked for others. */
  gaveAway(): void {
    this.reads.failed++;
  }

  /** It failed a read: others go to the coordinator for some seconds. */
  failed(error: unknown): void {
    this.reads.failed++;
    this.pausedUntil = performance.now() + pauseMs;
    if (!this.isWell) return;
    this.isWell = false;
    this.logger.warn(`The node ${this.name} failed a read: ${reasonOf(error)}. The coordinator is asked instead.`);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
