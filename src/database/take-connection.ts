import type { Pool, PoolClient } from 'pg';

/** Takes a connection of the pool, which its `release` gives back. By the callback of the pool, which makes two promises less than its other form. */
export function takeConnection(pool: Pool): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client) resolve(client);
      else reject(error ?? new Error('The pool gave no connection.'));
    });
  });
}
