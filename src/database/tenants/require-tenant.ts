import type { Pool, PoolClient } from 'pg';
import { isSomebodysWork } from '../tenant.js';

/** A defect: work that would have touched the rows of `default`, because it forgot whose it is. */
export class NobodysWork extends Error {
  override readonly name = 'NobodysWork';
  constructor() {
    super('Work of no tenant asked for a connection to the database: run it with asTenant or asOperator.');
  }
}

type Connected = (error: Error | undefined, client: PoolClient | undefined, release: (error?: unknown) => void) => void;

/**
 * From now on the pool gives connections only to work of a tenant or of the operator; `query` of the pool takes one, too. Whose
 * work it is counts when a connection is asked for, not when one is free.
 */
export function requireTenant(pool: Pool): void {
  const connect = pool.connect.bind(pool) as (connected?: Connected) => Promise<PoolClient> | undefined;
  const guarded = (connected?: Connected): Promise<PoolClient> | undefined => {
    if (isSomebodysWork()) return connect(connected);
    if (!connected) return Promise.reject(new NobodysWork());
    connected(new NobodysWork(), undefined, () => undefined);
    return undefined;
  };
  pool.connect = guarded as Pool['connect'];
}
