import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import type { Account } from '../../config/secrets/closed-folder.js';
import { StartRefused } from '../../config/checks/start-refused.js';
import { embeddedUser } from './cluster.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { isPostmasterOf, isRunning, readPostmaster } from './postmaster-pid.js';

/** A database on disk, and what PostgreSQL needs to run on it. */
export interface Cluster {
  readonly folder: string;
  readonly socketFolder: string;
  readonly logFile: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account;
  readonly settings: Readonly<Record<string, string>>;
}

export interface RunningPostgres {
  readonly pid: number;
  readonly socketFolder: string;
}

/** Finds the PostgreSQL that already runs on this cluster, for example the orphan of a killed server, or starts one. */
export async function ensurePostgres(cluster: Cluster): Promise<RunningPostgres> {
  const before = await readPostmaster(cluster.folder);
  if (before !== undefined && (await isPostmasterOf(before.pid, cluster.folder)))
    return { pid: before.pid, socketFolder: before.socketFolder ?? cluster.socketFolder };
  const socket = join(cluster.socketFolder, '.s.PGSQL.5432');
  // Process ids of another container cannot be seen from here; its socket can.
  if (before !== undefined && (await isServed(cluster.socketFolder)))
    throw new StartRefused(
      `DATA_DIR: a PostgreSQL outside this container already runs on ${cluster.folder}. Stop it, or choose another folder.`,
    );
  await removeStaleLock(join(cluster.folder, 'postmaster.pid'), cluster.folder);
  await removeStaleLock(`${socket}.lock`, cluster.folder);
  return { pid: await start(cluster), socketFolder: cluster.socketFolder };
}

/** PostgreSQL forgives a lock file of a dead process, but not one of a stranger that got its number, or of a zombie. */
async function removeStaleLock(lockFile: string, folder: string): Promise<void> {
  const pid = Math.abs(Number.parseInt(await readFile(lockFile, 'utf8').catch(() => ''), 10));
  if (isRunning(pid) && !(await isPostmasterOf(pid, folder))) await rm(lockFile, { force: true });
}

/** A listening socket is not enough: the children of a killed PostgreSQL hold it for a moment, but nobody answers. */
async function isServed(host: string): Promise<boolean> {
  const client = new Client({
    host,
    port: 5432,
    user: embeddedUser,
    database: 'postgres',
    connectionTimeoutMillis: 2000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    return error instanceof DatabaseError;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function start(cluster: Cluster): Promise<number> {
  await shorten(cluster.logFile);
  const log = await open(cluster.logFile, 'a', 0o600);
  try {
    const flags = Object.entries(cluster.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(
      join(cluster.binaries.folder, 'bin', 'postgres'),
      ['-D', cluster.folder, '-k', cluster.socketFolder, ...flags],
      {
        ...(process.getuid?.() === 0 && cluster.account),
        cwd: cluster.folder,
        env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
        stdio: ['ignore', log.fd, log.fd],
        // A Ctrl-C at the terminal goes to us alone: PostgreSQL has to outlive the requests in flight.
        detached: true,
      },
    );
    return await pidOf(child);
  } finally {
    await log.close();
  }
}

async function pidOf(child: ChildProcess): Promise<number> {
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new StartRefused(
      `The embedded PostgreSQL cannot be run: ${(error as Error).message}. ` +
        'Set DATABASE_URL=postgres://user:password@host:5432/lanyard to use a PostgreSQL of your own.',
    );
  }
  child.unref();
  return child.pid ?? 0;
}

async function shorten(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (status) => status.size,
    () => 0,
  );
  if (size > 10_000_000) await truncate(logFile);
}

/** The last thing PostgreSQL said. */
export async function lastWords(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n');
  return lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? '';
}

/** Fast shutdown, and harder ones when it takes too long. */
export async function stopPostgres(pid: number, cluster: string): Promise<void> {
  const steps = [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 2_000],
  ] as const;
  for (const [signal, patience] of steps) {
    if (!(await isPostmasterOf(pid, cluster))) return;
    process.kill(pid, signal);
    if (await isGone(pid, cluster, patience)) return;
  }
}

async function isGone(pid: number, cluster: string, patience: number): Promise<boolean> {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(15)) {
    if (!(await isPostmasterOf(pid, cluster))) return true;
  }
  return false;
}
