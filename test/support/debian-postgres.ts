import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { vi } from 'vitest';
import { migratedTemplate } from '../../src/testing/migrated-template.js';
import { databaseAccount, postgresPrograms, Program } from '../cluster/programs.js';
import type { FreshDatabase } from './postgres.js';
import { freePort } from './free-port.js';

/** True where Debian's PostgreSQL is installed, which is built with all that the embedded one may lack. */
export const hasDebianPostgres = (): boolean => postgresPrograms() !== undefined;

/** A migrated database of a PostgreSQL of Debian of its own, which is ended and removed with it. */
export async function debianDatabase(): Promise<FreshDatabase> {
  const programs = postgresPrograms()!;
  const account = databaseAccount();
  const folder = mkdtempSync(join(tmpdir(), 'debian-postgres-'));
  chmodSync(folder, 0o711);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  chownSync(data, account.uid, account.gid);
  const initdb = ['-D', data, '-U', 'lanyard', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(programs, 'initdb'), initdb, { ...account, cwd: '/', stdio: 'ignore', env: { LC_ALL: 'C' } });
  const port = await freePort();
  const settings = ['fsync=off', 'unix_socket_directories=', 'listen_addresses=127.0.0.1'].flatMap((one) => [
    '-c',
    one,
  ]);
  const program = Program.start(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], account);
  const connection = { host: '127.0.0.1', port, user: 'lanyard', database: 'postgres' };
  const accepts = async (): Promise<void> => {
    const client = new Client(connection);
    await client.connect();
    await client.end();
  };
  await vi.waitFor(accepts, { timeout: 20_000, interval: 100 });
  await migratedTemplate(connection);
  const drop = async (): Promise<void> => {
    await program.end('SIGINT');
    rmSync(folder, { recursive: true });
  };
  return { connection, url: `postgres://lanyard@127.0.0.1:${port}/postgres`, drop };
}
