import pg, { type PoolConfig } from 'pg';

export { urlOf } from '../../src/testing/postgres.js';

/** The rows of one statement, on a connection of its own. */
export async function rowsOf<T extends object>(connection: PoolConfig, statement: string): Promise<readonly T[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
}
