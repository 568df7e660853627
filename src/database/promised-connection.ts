import type { PoolClient } from 'pg';

/** Gets a connection of a pool, or why there is none. */
export type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: unknown) => void,
) => void;

/** By one promise; the pool makes two, and each costs more where work is somebody's (docs/adr/0173). */
export function promisedConnection(connect: (connected: Connected) => unknown): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    connect((error, client) => (client && !error ? resolve(client) : reject(error!)));
  });
}
