import type { PoolConfig } from 'pg';
import { embeddedUser } from './cluster.js';
import { isPostmasterOf, readPostmaster } from './postmaster-pid.js';
import { embeddedDatabase } from './embedded-postgres.js';

/** Connection to the embedded PostgreSQL that a running server started on this folder; undefined when none runs. */
export async function runningCluster(folder: string): Promise<PoolConfig | undefined> {
  const postmaster = await readPostmaster(folder);
  if (postmaster?.socketFolder === undefined || !(await isPostmasterOf(postmaster.pid, folder))) return undefined;
  return { host: postmaster.socketFolder, port: 5432, user: embeddedUser, database: embeddedDatabase };
}
