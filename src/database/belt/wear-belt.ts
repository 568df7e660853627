import type { DataSource } from 'typeorm';
import { StartRefused } from '../../config/checks/start-refused.js';
import { poolOf } from '../pool-of.js';
import { bindConnections } from './bind-connections.js';
import { examineBelt } from './examine-belt.js';

/**
 * Binds the connections of a server whose role has views instead of tables. Throws `StartRefused` where a pooler stands between: another server
 * would meet what was bound.
 */
export async function wearBelt(dataSource: DataSource): Promise<void> {
  const { state } = await examineBelt(dataSource);
  if (state !== 'on') return;
  if (await isPooled(dataSource))
    throw new StartRefused(
      'DATABASE_URL: leads through a pooler, and this role needs connections of its own, which are bound to a tenant. ' +
        'Let it name PostgreSQL itself, or use the owner of the tables as before.',
    );
  bindConnections(poolOf(dataSource));
}

/** A pooler hands out numbers of its own for the cancelling of statements. */
async function isPooled(dataSource: DataSource): Promise<boolean> {
  const runner = dataSource.createQueryRunner();
  try {
    const { processID: announced } = (await runner.connect()) as { readonly processID?: number };
    const [{ pid }] = (await runner.query('SELECT pg_backend_pid() AS pid')) as [{ readonly pid: number }];
    return announced !== pid;
  } finally {
    await runner.release();
  }
}
