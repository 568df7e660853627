import type { Pool, PoolClient } from 'pg';
import { type Connected, promisedConnection } from '../promised-connection.js';
import { isSomebodysWork } from '../tenant.js';

/** A defect: work that would have touched the rows of `default`, because it forgot whose it is. */
export class NobodysWork extends Error {
  override readonly name = 'NobodysWork';
  constructor() {
    super('Work of no tenant asked for a connection to the database: run it with asTenant or asOperator.');
  }
}

/**
 * From now on the pool gives connections only to work of a tenant or of the operator; `query` of the pool takes one, too. Whose
 * work it is counts when a connection is asked for, not when one is free.
 */
export function requireTenant(pool: Pool): void {
  const connect = pool.connect.bind(pool) as (connected: Connected) => void;
  const guarded = (connected?: Connected): Promise<PoolClient> | undefined => {
    if (!connected) return isSomebodysWork() ? promisedConnection(connect) : Promise.reject(new NobodysWork());
    if (isSomebodysWork()) connect(connected);
    else connected(new NobodysWork(), undefined, () => undefined);
    return undefined;
  };
  pool.connect = guarded as Pool['connect'];
}
