import { Pool, type PoolConfig } from 'pg';

/** Milliseconds. A probe that takes longer says no. */
const patience = 2000;

/** A connection apart from all others: a busy pool must not look like a dead database. */
export function probePool(connection: PoolConfig): Pool {
  const pool = new Pool({
    ...connection,
    application_name: 'lanyard-probe',
    max: 1,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
  });
  // An idle connection that dies is replaced at the next look.
  return pool.on('error', () => undefined);
}
