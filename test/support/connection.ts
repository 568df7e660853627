import pg, { type PoolConfig } from 'pg';

/** The URL of a PostgreSQL that listens on a socket. */
export const urlOf = ({ host = '', user = '', database = '' }: PoolConfig): string =>
  `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`;

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
