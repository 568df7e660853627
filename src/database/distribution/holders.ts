import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Polled } from '../polled.js';
import { poolOf } from '../pool-of.js';
import { asOperator, boundTenant, defaultTenant } from '../tenant.js';
import { Holder, type HolderOptions } from './holder.js';
import { coordinatorOf } from './node-connection.js';
import { isDistributed } from './read-distribution.js';
import { firstTable } from './shared-tables.js';

/** A tenant and the worker that has its rows. Rows of the coordinator itself are no entry. */
export interface Placement {
  readonly tenant: number;
  readonly host: string;
  readonly port: number;
}

/** Placements of the tenants of `$1`. A node that has no metadata cannot be asked. */
const placements = `
  SELECT asked.tenant, n.nodename AS host, n.nodeport AS port
  FROM unnest($1::integer[]) AS asked(tenant)
  JOIN pg_dist_shard AS s ON s.logicalrelid = '${firstTable}'::regclass
    AND worker_hash(asked.tenant) BETWEEN s.shardminvalue::integer AND s.shardmaxvalue::integer
  JOIN pg_dist_placement AS p ON p.shardid = s.shardid
  JOIN pg_dist_node AS n ON n.groupid = p.groupid
  WHERE n.groupid <> 0 AND n.noderole = 'primary' AND n.isactive AND n.hasmetadata AND n.metadatasynced`;

/** Tenants whose placements are asked for at once. */
const mostTenants = 10_000;

const addressOf = ({ host, port }: Omit<Placement, 'tenant'>): string => `${host}:${port}`;

/**
 * The nodes that hold the rows of tenants on a distributed database, and a pool of connections to each. The coordinator is asked every two seconds
 * which they are; an answer older than five seconds does not count (docs/adr/0128).
 */
export class Holders {
  private readonly logger = new Logger(Holders.name);
  private readonly nodes = new Map<string, Holder>();
  private byTenant = new Map<number, Holder>();
  private readonly asked = new Set([defaultTenant]);
  private readonly polled: Polled;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly options: HolderOptions,
  ) {
    this.polled = new Polled(() => this.look(), { failed: () => undefined });
  }

  /** From now on {@link holderOf} knows the nodes of this database; undefined where it is not distributed. */
  static async follow(
    dataSource: DataSource,
    options: Omit<HolderOptions, 'connection'>,
  ): Promise<Holders | undefined> {
    if (!(await asOperator('whether tables are distributed', () => isDistributed(dataSource)))) return undefined;
    const holders = new Holders(dataSource, { ...options, connection: coordinatorOf(dataSource) });
    await holders.polled.start();
    known.set(poolOf(dataSource), holders);
    return holders;
  }

  async close(): Promise<void> {
    known.delete(poolOf(this.dataSource));
    await this.polled.stop();
    await Promise.all([...this.nodes.values()].map((node) => node.close()));
  }

  /** The nodes that are asked, by their addresses. */
  get all(): readonly Holder[] {
    return [...this.nodes.values()];
  }

  /** Node that has the rows of the tenant of this work. Undefined: ask the coordinator. */
  get current(): Holder | undefined {
    const tenant = boundTenant();
    if (tenant === 0 || !this.polled.isBelieved) return undefined;
    const holder = this.byTenant.get(tenant);
    if (holder) return holder.isPaused ? undefined : holder;
    // The next look tells.
    if (this.asked.size >= mostTenants) this.asked.clear();
    this.asked.add(tenant);
    return undefined;
  }

  /** Asks the coordinator now. */
  lookNow(): Promise<void> {
    return this.polled.lookAfresh();
  }

  private async look(): Promise<void> {
    const found = await asOperator('nodes that hold tenants', () =>
      this.dataSource.query<readonly Placement[]>(placements, [[...this.asked]]),
    );
    const addresses = new Set(found.map(addressOf));
    for (const [address, node] of this.nodes) if (!addresses.has(address)) this.forget(address, node);
    this.byTenant = new Map(found.map((placement) => [placement.tenant, this.nodeAt(placement)]));
  }

  private nodeAt({ host, port }: Placement): Holder {
    const address = addressOf({ host, port });
    let node = this.nodes.get(address);
    if (!node) {
      this.nodes.set(address, (node = new Holder({ address, host, port }, this.options)));
      this.logger.log(`Rows of tenants at the node ${address} are read there.`);
    }
    return node;
  }

  /** Reads that are under way there end first. */
  private forget(address: string, node: Holder): void {
    this.nodes.delete(address);
    void node.close().catch(() => undefined);
  }
}

/** Nodes by the pool of their coordinator. */
const known = new WeakMap<object, Holders>();

export const holdersOf = (pool: object): Holders | undefined => known.get(pool);
