import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Polled } from '../polled.js';
import { poolOf } from '../pool-of.js';
import { asOperator, boundTenant, defaultTenant } from '../tenant.js';
import { Holder, type HolderOptions } from './holder.js';
import { coordinatorOf } from './node-connection.js';
import { isDistributed } from './read-distribution.js';
import { readShardGroups, type ShardGroup } from './shard-group.js';
import { firstTable } from './shared-tables.js';

/** A tenant and the worker that has its rows. Rows of the coordinator itself are no entry. */
interface Placement {
  readonly tenant: number;
  readonly host: string;
  readonly port: number;
  /** Shard of the first table that has its rows. */
  readonly shard: number;
  /** The newest shard that there is: another one where tables were made. */
  readonly newest: number;
}

/** Where a tenant is read. */
export interface Held {
  readonly node: Holder;
  /** Undefined where the names of its shards are not known: Citus finds them. */
  readonly shards: ShardGroup | undefined;
}

/** Placements of the tenants of `$1`. A node that has no metadata cannot be asked. */
const placements = `
  SELECT asked.tenant, n.nodename AS host, n.nodeport AS port, s.shardid::float8 AS shard,
    (SELECT max(shardid) FROM pg_dist_shard)::float8 AS newest
  FROM unnest($1::integer[]) AS asked(tenant)
  JOIN pg_dist_shard AS s ON s.logicalrelid = '${firstTable}'::regclass
    AND worker_hash(asked.tenant) BETWEEN s.shardminvalue::integer AND s.shardmaxvalue::integer
  JOIN pg_dist_placement AS p ON p.shardid = s.shardid
  JOIN pg_dist_node AS n ON n.groupid = p.groupid
  WHERE n.groupid <> 0 AND n.noderole = 'primary' AND n.isactive AND n.hasmetadata AND n.metadatasynced`;

/** Tenants whose placements are asked for at once. */
const mostTenants = 10_000;
/** Groups of shards whose names are kept: some kB for each. */
const mostGroups = 500;
/** Looks after which a tenant that was not read meanwhile is forgotten: five minutes of them. */
const looksOfIdle = 150;

const addressOf = ({ host, port }: Pick<Placement, 'host' | 'port'>): string => `${host}:${port}`;

/**
 * The nodes that hold the rows of tenants on a distributed database, and a pool of connections to each. The coordinator is asked every two seconds
 * which they are; an answer older than five seconds does not count (docs/adr/0128).
 */
export class Holders {
  private readonly logger = new Logger(Holders.name);
  private readonly nodes = new Map<string, Holder>();
  private byTenant = new Map<number, Held>();
  private groups = new Map<number, ShardGroup>();
  private newest = 0;
  /** Tenants that are looked for, and those of them that were read in this round of looks. */
  private asked = new Set([defaultTenant]);
  private used = new Set<number>();
  private looks = 0;
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

  /** Where the rows of the tenant of this work are. Undefined: ask the coordinator. */
  get current(): Held | undefined {
    const tenant = boundTenant();
    if (tenant === 0 || !this.polled.isBelieved) return undefined;
    this.used.add(tenant);
    const held = this.byTenant.get(tenant);
    if (held) return held.node.isPaused ? undefined : held;
    // The next look tells.
    if (this.asked.size >= mostTenants) this.asked.clear();
    this.asked.add(tenant);
    return undefined;
  }

  /** The node does not have these shards: their tenants are read at the coordinator until the next look. */
  forgetShards(shards: ShardGroup): void {
    this.groups.delete(shards.shard);
    for (const [tenant, held] of this.byTenant) if (held.shards === shards) this.byTenant.delete(tenant);
  }

  /** Asks the coordinator now. */
  lookNow(): Promise<void> {
    return this.polled.lookAfresh();
  }

  private async look(): Promise<void> {
    this.forgetIdle();
    const found = await asOperator('nodes that hold tenants', () =>
      this.dataSource.query<readonly Placement[]>(placements, [[...this.asked]]),
    );
    const addresses = new Set(found.map(addressOf));
    for (const [address, node] of this.nodes) if (!addresses.has(address)) this.forget(address, node);
    this.groups = await this.groupsOf(found);
    this.byTenant = new Map(
      found.map((placement) => [
        placement.tenant,
        { node: this.nodeAt(placement), shards: this.groups.get(placement.shard) },
      ]),
    );
    for (const node of this.nodes.values()) node.names.keep(this.groupsAt(node));
  }

  private groupsAt(node: Holder): ReadonlySet<string> {
    return new Set(
      [...this.byTenant.values()].flatMap((held) => (held.node === node && held.shards ? [held.shards.key] : [])),
    );
  }

  private forgetIdle(): void {
    if (++this.looks % looksOfIdle !== 0) return;
    this.asked = this.used.add(defaultTenant);
    this.used = new Set();
  }

  /** Groups of the shards of placements, by their first: names are asked for once, and again where there are other tables. */
  private async groupsOf(found: readonly Placement[]): Promise<Map<number, ShardGroup>> {
    const shards = [...new Set(found.map(({ shard }) => shard))].slice(0, mostGroups);
    const newest = found[0]?.newest ?? this.newest;
    const known = newest === this.newest ? this.groups : undefined;
    this.newest = newest;
    const lacking = shards.filter((shard) => !known?.has(shard));
    const learned = lacking.length === 0 ? [] : await readShardGroups(this.dataSource, lacking);
    const groups = [...shards.flatMap((shard) => known?.get(shard) ?? []), ...learned];
    return new Map(groups.map((group) => [group.shard, group]));
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
