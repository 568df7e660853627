import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StartRefused } from '../../config/checks/start-refused.js';
import { embeddedUser } from './cluster.js';
import type { RunningPostgres } from './postgres-process.js';

/** Any number will do, as long as it stays the same: the holder of this lock owns the embedded database. */
const ownerLock = 7_261_933_004;
const ownerName = 'lanyard owner, process ';

/** Connects to the embedded PostgreSQL; undefined while it is not ready. */
export async function tryConnect({ socketFolder }: RunningPostgres): Promise<Client | undefined> {
  const client = new Client({
    host: socketFolder,
    port: 5432,
    user: embeddedUser,
    database: 'postgres',
    application_name: `${ownerName}${process.pid}`,
  });
  // Without a listener, a PostgreSQL that dies would take this process with it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch {
    await client.end().catch(() => undefined);
    return undefined;
  }
}

/** Only one server may use an embedded database; a killed one's lock goes with its connection. */
export async function takeOwnership(client: Client, dataDir: string): Promise<void> {
  // A killed server's connection may need a moment to close.
  for (let attempt = 0; attempt < 10; attempt++) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1::bigint) as taken', [
      ownerLock,
    ]);
    if (rows[0]?.taken) return;
    await sleep(100);
  }
  throw new StartRefused(
    `DATA_DIR: ${dataDir} is in use by another Lanyard${await describeOwner(client)}. ` +
      'Stop it, or choose another folder, such as DATA_DIR=./data-2.',
  );
}

async function describeOwner(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select application_name as name from pg_stat_activity join pg_locks using (pid)
      where locktype = 'advisory' and granted and (classid::bigint << 32 | objid::bigint) = $1`,
    [ownerLock],
  );
  const name = rows[0]?.name ?? '';
  return name.startsWith(ownerName) ? ` (process ${name.slice(ownerName.length)})` : '';
}

/** Makes the database of the server, once. */
export async function ensureDatabase(client: Client, name: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
  if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
}
