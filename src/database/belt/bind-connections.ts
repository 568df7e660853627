import type { Pool, PoolClient } from 'pg';
import { type Connected, promisedConnection } from '../promised-connection.js';
import { boundTenant } from '../tenant.js';
import { boundSetting, viewsSchema } from './views-schema.js';

/** Views come before tables, of which nothing but `migration` and what extensions share is open. */
const first = `SELECT set_config('search_path', '${viewsSchema}, ' || current_setting('search_path'), false),
  set_config('${boundSetting}', $1, false)`;
const again = { name: 'lanyard-bind', text: `SELECT set_config('${boundSetting}', $1, false)` };

const pools = new WeakSet<Pool>();
const tenants = new WeakMap<PoolClient, number>();

/** True if the connection is bound to a tenant. */
export const isBoundClient = (client: PoolClient): boolean => tenants.has(client);

/** True if connections of the pool are bound to tenants. */
export const isBound = (pool: Pool): boolean => pools.has(pool);

/**
 * From now on each connection that the pool gives is bound to whose the work is, by a statement of its own where it was bound to somebody
 * else. Whose work it is counts when a connection is asked for, not when one is free. Of free connections, one that is bound to the same tenant comes first.
 */
export function bindConnections(pool: Pool): void {
  if (pools.has(pool)) return;
  pools.add(pool);
  const connect = pool.connect.bind(pool) as (connected: Connected) => void;
  const { _idle: idle } = pool as unknown as Idle;
  const bound = (connected: Connected): void => {
    const tenant = boundTenant();
    preferBound(idle, tenant);
    connect((error, client, release) => {
      if (error || !client || tenants.get(client) === tenant) return connected(error, client, release);
      void handBound({ client, tenant }, connected, release);
    });
  };
  const binding = (connected?: Connected): Promise<PoolClient> | void =>
    connected ? bound(connected) : promisedConnection(bound);
  pool.connect = binding as Pool['connect'];
}

/** Connections that nobody has, of which the pool gives the last one; not of its public surface. */
interface Idle {
  readonly _idle: { readonly client: PoolClient }[];
}

/** Puts one that is bound to the tenant already at the end, if there is one: it needs no statement. */
function preferBound(idle: Idle['_idle'], tenant: number): void {
  const at = idle.findLastIndex(({ client }) => tenants.get(client) === tenant);
  if (at !== -1 && at < idle.length - 1) idle.push(...idle.splice(at, 1));
}

async function handBound(
  { client, tenant }: { readonly client: PoolClient; readonly tenant: number },
  connected: Connected,
  release: Parameters<Connected>[2],
): Promise<void> {
  try {
    await bind(client, tenant);
  } catch (error) {
    release(error);
    return connected(error as Error, undefined, () => undefined);
  }
  connected(undefined, client, release);
}

async function bind(client: PoolClient, tenant: number): Promise<void> {
  const values = [String(tenant)];
  // Outside of transactions: one that is rolled back takes what it has set along.
  await client.query(tenants.has(client) ? { ...again, values } : { text: first, values });
  tenants.set(client, tenant);
}

/** Binds the connection to a tenant until its transaction ends: for work of the operator that makes or reads rows of one. */
export async function bindTransaction(
  database: { query(text: string, values?: unknown[]): Promise<unknown> },
  tenant: number,
): Promise<void> {
  await database.query(`SELECT set_config('${boundSetting}', $1, true)`, [String(tenant)]);
}
